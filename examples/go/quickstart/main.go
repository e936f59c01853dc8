// The shortest way: one snippet of untrusted JavaScript, with values in and a value out.
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

func main() {
	ctx := context.Background()
	result, err := sandbox.Run(ctx, sandbox.JavaScript(`
		const total = prices.reduce((sum, price) => sum + price, 0);
		console.log('added', prices.length, 'prices');
		({ total, average: total / prices.length })
	`), sandbox.Inputs(map[string]any{"prices": []float64{19.9, 5.1, 25}}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Value) // map[average:16.666666666666668 total:50]
	fmt.Println(strings.TrimSpace(result.Stdout))
	fmt.Println(result.Usage.CPUTimeUs > 0, "CPU time is measured")

	// Whatever the code does, it ends: here by the limit on the time that it computes.
	_, err = sandbox.Run(ctx, sandbox.JavaScript("for (;;);"), sandbox.Limits(security.Limits{CPUTimeMs: 100}))
	var limit *sandbox.ResourceError
	if !errors.As(err, &limit) {
		log.Fatal(err)
	}
	fmt.Println(limit.Code, limit.Details["field"], limit.Details["limit"]) // cpu_timeout cpuTimeMs 100
}
