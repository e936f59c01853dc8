package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// FromURL fetches a module over https and opens it.
func FromURL(ctx context.Context, address string, options ...Option) (Sandbox, error) {
	limit, err := moduleLimit(ctx, read(options).options)
	if err != nil {
		return nil, err
	}
	content, rest, err := download(ctx, address, limit, options)
	if err != nil {
		return nil, err
	}
	return openModule(ctx, "WasmSandbox.fromBytes", core.Params{"bytes": content}, rest)
}

// HTTPClient stands in for the client that fetches modules; its redirects are not followed but judged one by one.
func HTTPClient(client *http.Client) Option { return option("httpClient", client) }

// fetched is the source itself, or what is behind it when it is a web address.
func fetched(ctx context.Context, source any, given map[string]any, options []Option) (any, error) {
	text, ok := source.(string)
	if !ok || !isAddress(text) {
		return source, nil
	}
	limit, err := moduleLimit(ctx, given)
	if err != nil {
		return nil, err
	}
	content, _, err := download(ctx, text, limit, options)
	return content, err
}

// isAddress tells an address of the web from a path.
func isAddress(text string) bool {
	return strings.Contains(text, "://") && !strings.HasPrefix(strings.ToLower(text), "file:")
}

// moduleLimit is the size that a policy and limits beside it allow a module.
func moduleLimit(ctx context.Context, given map[string]any) (int64, error) {
	if own, ok := given["limits"].(security.Limits); ok && own.ModuleBytes > 0 {
		return own.ModuleBytes, nil
	}
	policy := given["policy"]
	if policy == nil {
		policy = "strict"
	}
	limits, err := ask[security.Limits](ctx, nil, "SecurityPolicy.limits", plain(core.Params{"this": policy}))
	return limits.ModuleBytes, err
}

// download fetches for the host's own account: https at every step, a few redirects, a limit on size and time, a
// checksum where one is given. The options that are not its own come back.
func download(ctx context.Context, address string, limit int64, options []Option) ([]byte, []Option, error) {
	r := read(options)
	f := fetching{timeout: 30 * time.Second, redirects: 5, limit: limit}
	rest := f.rest(options)
	if r.err != nil {
		return nil, nil, r.err
	}
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil, nil, core.Usage("invalid_argument", "$.url", "invalid argument: the address is not a URL; give one such as https://example.com/a.wasm")
	}
	limited, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	content, err := f.follow(limited, target)
	if err != nil && ctx.Err() != nil {
		return nil, nil, core.Cancelled(ctx)
	}
	return content, rest, err
}

type fetching struct {
	client    *http.Client
	sha256    string
	limit     int64
	timeout   time.Duration
	redirects int
}

// rest keeps its own settings and gives the others back.
func (f *fetching) rest(options []Option) []Option {
	return slices.DeleteFunc(slices.Clone(options), func(one Option) bool { return f.take(read([]Option{one}).options) })
}

// take keeps a setting of its own; false: the option is another's.
func (f *fetching) take(options map[string]any) bool {
	for name, value := range options {
		switch name {
		case "sha256":
			f.sha256, _ = value.(string)
		case "maxBytes":
			f.limit, _ = value.(int64)
		case "maxRedirects":
			f.redirects, _ = value.(int)
		case "timeoutMs":
			ms, _ := value.(int)
			f.timeout = time.Duration(ms) * time.Millisecond
		case "httpClient":
			f.client, _ = value.(*http.Client)
		default:
			return false
		}
		return true
	}
	return false
}

func (f *fetching) follow(ctx context.Context, target *url.URL) ([]byte, error) {
	client := http.Client{}
	if f.client != nil {
		client = *f.client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	first := target
	for range f.redirects + 1 {
		if target.Scheme != "https" || target.User != nil {
			return nil, core.Usage("invalid_argument", "$.url",
				fmt.Sprintf("invalid argument: modules are fetched over https only, and without credentials, not from %s", shown(target)))
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err != nil {
			return nil, unreachable(target, "no request can be made of it")
		}
		response, err := client.Do(request)
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return nil, unreachable(target, fmt.Sprintf("no answer within %s", f.timeout))
			}
			return nil, unreachable(target, "no connection")
		}
		next, err := response.Location()
		if response.StatusCode >= 300 && response.StatusCode <= 399 && err == nil {
			_ = response.Body.Close()
			target = next
			continue
		}
		return f.collect(response, target)
	}
	return nil, unreachable(first, fmt.Sprintf("more than %d redirects", f.redirects))
}

func (f *fetching) collect(response *http.Response, target *url.URL) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, unreachable(target, fmt.Sprintf("the server answered %d", response.StatusCode))
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, f.limit+1))
	if err != nil {
		return nil, unreachable(target, "the connection broke")
	}
	if int64(len(content)) > f.limit {
		return nil, newError(&core.Failure{
			Code: CodeModuleLimit, Family: "resource",
			Message: fmt.Sprintf("module limit exceeded: %s is larger than %d bytes (moduleBytes)", shown(target), f.limit),
			Details: map[string]any{"field": "moduleBytes", "limit": int(f.limit), "used": len(content)},
		})
	}
	digest := sha256.Sum256(content)
	if actual := hex.EncodeToString(digest[:]); f.sha256 != "" && !strings.EqualFold(actual, f.sha256) {
		return nil, newError(&core.Failure{
			Code: CodeInvalidModule, Family: "usage",
			Message: fmt.Sprintf("invalid module: its SHA-256 is %s, not the one that was asked for", actual),
			Details: map[string]any{"expected": f.sha256, "actual": actual},
		})
	}
	return content, nil
}

// shown is an address without query and credentials, which may be secrets.
func shown(target *url.URL) string { return target.Scheme + "://" + target.Host + target.Path }

func unreachable(target *url.URL, why string) error {
	return newError(&core.Failure{
		Code: CodeNotFound, Family: "usage", Message: fmt.Sprintf("not found: %s: %s", shown(target), why),
		Details: map[string]any{"url": shown(target)},
	})
}
