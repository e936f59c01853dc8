package sandbox

// Downloads: one request of an http.Client after the other, within their time. What is an address, where it may lead,
// how much may come, and whether that is what was asked for, is decided by the native code.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/core"
)

// FromURL fetches a module over https and opens it.
func FromURL(ctx context.Context, address string, options ...Option) (Sandbox, error) {
	r := read(options)
	d, err := r.download(ctx, core.Params{"url": address}, fetching...)
	if err != nil {
		return nil, err
	}
	content, err := d.fetch(ctx)
	if err != nil {
		return nil, err
	}
	guest, err := r.open(ctx, "WasmSandbox.fromBytes", core.Params{"bytes": content})
	if err != nil {
		return nil, err
	}
	return &module{guest}, nil
}

// HTTPClient stands in for the client that fetches modules; its redirects are not followed but judged one by one.
func HTTPClient(client *http.Client) Option { return option("httpClient", client) }

// download is one under way. Its state is the native code's, and goes back there as it is.
type download struct {
	client http.Client
	state  map[string]any
}

// download is that of a url, which has to be an address, or of a source: nil where that is none. Those of the request's
// options that are its own are taken out.
func (r *request) download(ctx context.Context, what core.Params, own ...string) (*download, error) {
	if _, ok := what["source"].(string); !ok && what["url"] == nil {
		return nil, r.err
	}
	how := map[string]any{"policy": r.options["policy"], "limits": r.options["limits"]}
	for _, name := range own {
		how[name] = r.options[name]
	}
	what["options"] = how
	state, err := ask[map[string]any](ctx, nil, "Download.of", params{what, r.err})
	if state == nil || err != nil {
		return nil, err
	}
	d := &download{state: state}
	if client, _ := r.options["httpClient"].(*http.Client); client != nil {
		d.client = *client
	}
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, name := range append([]string{"httpClient"}, own...) {
		delete(r.options, name)
	}
	return d, nil
}

// fetched is the source itself, or what is behind it when it is a web address.
func (r *request) fetched(ctx context.Context, source any) (any, error) {
	d, err := r.download(ctx, core.Params{"source": source})
	if d == nil {
		return source, err
	}
	return d.fetch(ctx)
}

// fetch gives the bytes.
func (d *download) fetch(ctx context.Context) ([]byte, error) {
	span, _ := d.state["timeoutMs"].(int)
	limited, cancel := context.WithTimeout(ctx, time.Duration(span)*time.Millisecond)
	defer cancel()
	for {
		content, err := d.step(limited)
		var judged *Error
		switch {
		case errors.As(err, &judged) || content != nil:
			return content, err
		case err == nil:
		case ctx.Err() != nil:
			return nil, core.Cancelled(ctx)
		default:
			return nil, d.tell(ctx, "Download.failed", core.Params{"late": limited.Err() != nil})
		}
	}
}

// step asks for the address that comes next. It gives the body where that is the module, and nil where it leads on.
func (d *download) step(ctx context.Context) ([]byte, error) {
	address, _ := d.state["url"].(string)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer := core.Params{"status": response.StatusCode}
	for name, header := range map[string]string{"location": "Location", "length": "Content-Length"} {
		if values := response.Header.Values(header); len(values) > 0 {
			answer[name] = values[0]
		}
	}
	if err := d.tell(ctx, "Download.answered", answer); err != nil || d.state["read"] != true {
		return nil, err
	}
	most, _ := d.state["maxBytes"].(int)
	content, err := io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	if err != nil {
		return nil, err
	}
	return content, d.tell(ctx, "Download.arrived", core.Params{"bytes": content})
}

// tell has the native code judge what became of it, which takes no time; what it answers is the state from now on.
func (d *download) tell(ctx context.Context, operation string, what core.Params) error {
	what["download"] = d.state
	state, err := ask[map[string]any](context.WithoutCancel(ctx), nil, operation, plain(what))
	if state != nil {
		d.state = state
	}
	return err
}
