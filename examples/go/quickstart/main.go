// The shortest way: a function of a module and a line of Python under the strict policy, and how refusals look.
// Run it with: go run ./quickstart (in examples/go)
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

const guests = "../../fixtures/guests/"

func main() {
	ctx := context.Background()

	// A module that stays loaded.
	calculator, err := sandbox.NewBuilder().
		Source(guests + "calculator.wasm").
		SecurityPolicy(security.StrictPolicy()).
		MemoryLimit(16 * 1024 * 1024).
		Build(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer calculator.Close()
	sum, err := calculator.Call(ctx, "add", 5, 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("add:", sum)

	// Untrusted source text, once: values in, a value and output out.
	result, err := sandbox.Run(ctx,
		sandbox.Python(`print("adding", len(prices), "prices"); sum(prices)`),
		sandbox.Inputs(map[string]any{"prices": []int{20, 5, 17}}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("value:", result.Value)
	fmt.Println("output:", strings.TrimSpace(result.Stdout))

	// What nobody granted is denied.
	_, err = sandbox.Run(ctx, sandbox.Wasm(guests+"network-module.wasm"),
		sandbox.Call("make_http_request"), sandbox.Args("https://example.com"))
	var denied *security.ViolationError
	if !errors.As(err, &denied) {
		log.Fatal(err)
	}
	fmt.Println("denied:", denied.Code, denied.Type)

	// Whatever the code does, it ends: here by the limit on the time that it computes.
	_, err = sandbox.Run(ctx, sandbox.Python("while True: pass"), sandbox.Limits(security.Limits{CPUTimeMs: 100}))
	var limit *sandbox.ResourceError
	if !errors.As(err, &limit) {
		log.Fatal(err)
	}
	fmt.Println("ended:", limit.Code, limit.Details["field"], limit.Details["limit"])
}
