package sandbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func TestModulesAreFetched(t *testing.T) {
	content, err := os.ReadFile(fixtures + "guests/calculator.wasm")
	must(t, err)
	digest := sha256.Sum256(content)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	routes := http.NewServeMux()
	routes.HandleFunc("/calculator.wasm", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	routes.Handle("/there", http.RedirectHandler("/calculator.wasm", http.StatusFound))
	routes.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	routes.Handle("/down", http.RedirectHandler(plain.URL+"/calculator.wasm", http.StatusFound))
	routes.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewTLSServer(routes)
	defer server.Close()
	ctx, client := context.Background(), sandbox.HTTPClient(server.Client())

	for _, path := range []string{"/calculator.wasm", "/there"} {
		sb, err := sandbox.FromURL(ctx, server.URL+path, client, sandbox.SHA256(hex.EncodeToString(digest[:])), sandbox.InstanceID("fetched"))
		must(t, err)
		value, err := sb.Call(ctx, "add", 5, 3)
		must(t, err)
		equal(t, value, 8)
		must(t, sb.Close())
	}
	sb, err := sandbox.NewBuilder().Source(server.URL+"/there", client).SecurityPolicy(security.StrictPolicy()).Build(ctx)
	must(t, err)
	must(t, sb.Close())

	report, err := sandbox.Verify(ctx, server.URL+"/there", client)
	must(t, err)
	equal(t, report.Allowed, true)
	result, err := sandbox.Run(ctx, sandbox.Wasm(server.URL+"/there"), client, sandbox.Call("add"), sandbox.Args(5, 3), sandbox.Timeout(time.Minute))
	must(t, err)
	equal(t, result.Value, 8)

	small := sandbox.Limits(security.Limits{ModuleBytes: 100})
	for _, one := range []struct {
		url, code string
		options   []sandbox.Option
	}{
		{server.URL + "/absent", sandbox.CodeNotFound, nil},
		{server.URL + "/round", sandbox.CodeNotFound, nil},
		{server.URL + "/down", sandbox.CodeInvalidArgument, nil},
		{server.URL + "/slow", sandbox.CodeNotFound, []sandbox.Option{sandbox.Timeout(50 * time.Millisecond)}},
		{server.URL + "/calculator.wasm", sandbox.CodeModuleLimit, []sandbox.Option{small}},
		{server.URL + "/calculator.wasm", sandbox.CodeModuleLimit, []sandbox.Option{sandbox.MaxBytes(100)}},
		{server.URL + "/calculator.wasm", sandbox.CodeInvalidModule, []sandbox.Option{sandbox.SHA256("00")}},
		{plain.URL + "/calculator.wasm", sandbox.CodeInvalidArgument, nil},
		{"https://user:secret@127.0.0.1/a", sandbox.CodeInvalidArgument, nil},
		{"calculator.wasm", sandbox.CodeInvalidArgument, nil},
		{server.URL + "/calculator.wasm", sandbox.CodeInvalidArgument, []sandbox.Option{sandbox.MaxBytes(-1)}},
	} {
		_, err := sandbox.FromURL(ctx, one.url, append(one.options, client)...)
		var base *sandbox.Error
		if !errors.As(err, &base) || base.Code != one.code {
			t.Errorf("%s: %v, not %s", one.url, err, one.code)
		}
	}
	_, err = sandbox.FromURL(ctx, server.URL+"/absent?key=secret", client)
	equal(t, err.Error(), "not found: "+server.URL+"/absent: the server answered 404")
	timed, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := sandbox.FromURL(timed, server.URL+"/slow", client); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
