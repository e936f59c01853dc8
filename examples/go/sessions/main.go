// A session that keeps its state, calls functions of the host, synchronous or not, and is saved and branched.
// Run it with: go run ./sessions (in examples/go)
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

type user struct {
	Name   string `json:"name"`
	Orders []int  `json:"orders"`
}

var users = map[int]user{7: {"Ada", []int{20, 22}}, 8: {"Grace", []int{30}}}

// The guest waits for the answers of these.
var host = sandbox.Host(map[string]sandbox.HostFunc{
	"discount": func(_ context.Context, args ...any) (any, error) {
		if args[0].(int) > 40 {
			return 2, nil
		}
		return 0, nil
	},
})

// The answers of these come later: a promise to the guest.
var later = sandbox.AsyncHost(map[string]sandbox.HostFunc{
	"find": func(_ context.Context, args ...any) (any, error) {
		time.Sleep(10 * time.Millisecond)
		found, ok := users[args[0].(int)]
		if !ok {
			return nil, &sandbox.HostError{Type: "UnknownUser", Message: fmt.Sprintf("no user %d", args[0])}
		}
		return found, nil
	},
})

const code = `
  let seen = 0;
  async function totals(ids) {
    const found = await Promise.all(ids.map((id) => find(id)));
    seen += found.length;
    return found.map(({ name, orders }) => {
      const sum = orders.reduce((a, b) => a + b, 0);
      return name + ' ' + (sum - discount(sum));
    });
  }
`

func main() {
	ctx := context.Background()
	// What the first run defines, later ones and calls find again.
	session := must(sandbox.OpenJavaScript(ctx, host, later))
	defer session.Close()
	must(session.Run(ctx, code))
	totals := must(sandbox.CallAs[[]string](ctx, session, "totals", []int{7, 8}))
	fmt.Println("totals:", strings.Join(totals, ", "))
	fmt.Println("seen:", must(session.Run(ctx, "seen")).Value)

	saved := must(session.Snapshot(ctx)) // bytes: keep them in a file, go on in another process
	branch := must(session.Fork(ctx))
	defer branch.Close()
	fmt.Println("branch:", must(branch.Run(ctx, "seen += 10")).Value)
	restored := must(sandbox.Restore(ctx, saved, host, later))
	defer restored.Close()
	must(restored.Call(ctx, "totals", []int{8}))
	fmt.Println("restored:", must(restored.Run(ctx, "seen")).Value)
	fmt.Println("session:", must(session.Run(ctx, "seen")).Value)

	// An error of the host is an exception in the guest, with its type; it did not catch it.
	_, err := session.Call(ctx, "totals", []int{9})
	var failed *sandbox.ExecutionError
	if !errors.As(err, &failed) {
		log.Fatal(err)
	}
	fmt.Printf("failed: %s %s: %s\n", failed.Code, failed.Details["type"], failed.Details["message"])
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
