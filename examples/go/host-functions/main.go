// Host functions: ordinary functions that a guest calls by their names.
// Run it with: go run ./host-functions (in examples/go)
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

type user struct {
	Name string    `json:"name"`
	Born time.Time `json:"born"`
}

func main() {
	ctx := context.Background()
	users := map[int]user{
		1: {"Ada", time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC)},
		2: {"Grace", time.Date(1906, 12, 9, 0, 0, 0, 0, time.UTC)},
	}
	session, err := sandbox.OpenJavaScript(ctx,
		sandbox.Limits(security.Limits{HostCalls: 100}),
		// The guest waits for these; values cross exactly, dates and big integers included.
		sandbox.Host(map[string]sandbox.HostFunc{
			"count": func(context.Context, ...any) (any, error) { return len(users), nil },
		}),
		// The answers of these are promises to JavaScript, so that several can be under way.
		sandbox.AsyncHost(map[string]sandbox.HostFunc{
			"lookup": func(_ context.Context, args ...any) (any, error) {
				time.Sleep(10 * time.Millisecond)
				id, _ := args[0].(int)
				found, ok := users[id]
				if !ok {
					return nil, &sandbox.HostError{Type: "RangeError", Message: fmt.Sprintf("no user %d", id)}
				}
				return found, nil
			},
		}))
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	result, err := session.Run(ctx, `
		const all = await Promise.all(Array.from({ length: count() }, (_, i) => lookup(i + 1)));
		all.map(({ name, born }) => name + ', ' + born.getUTCFullYear())
	`)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Value) // [Ada, 1815 Grace, 1906]

	// What a host function fails with is an exception in the guest, with its type and message.
	result, err = session.Run(ctx, `try { await lookup(3) } catch (e) { e.name + ": " + e.message }`)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Value) // RangeError: no user 3
}
