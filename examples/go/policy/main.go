// Policies: a preset, one of your own, and one that a tenant sent, cut down to what you allow.
// Run it with: go run ./policy (in examples/go)
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

func main() {
	ctx := context.Background()

	// Built step by step; everything that is not granted is denied.
	mine := security.NewPolicyBuilder().
		MemoryLimit(32 * 1024 * 1024).
		MaxExecutionTime(2 * time.Second).
		AllowHostFunctions([]string{"lookup"}).
		EnableAuditLogging(true).
		Build()

	host := map[string]sandbox.HostFunc{
		"lookup": func(_ context.Context, args ...any) (any, error) {
			return map[string]any{"id": args[0], "name": "Ada"}, nil
		},
		"erase": func(context.Context, ...any) (any, error) { return "gone", nil },
	}
	var events []string
	for _, code := range []string{"lookup(7).name", "erase()"} {
		record, err := sandbox.Execute(ctx, sandbox.JavaScript(code), sandbox.Policy(mine), sandbox.Host(host),
			sandbox.OnAudit(func(e security.Event) { events = append(events, e.Target+" "+e.Outcome) }))
		if err != nil {
			log.Fatal(err)
		}
		var denied *security.ViolationError
		switch {
		case record.Success:
			fmt.Println(code, "->", record.Value)
		case errors.As(record.Error, &denied):
			fmt.Println(code, "-> denied:", denied.Type)
		default:
			log.Fatal(record.Error)
		}
	}
	fmt.Println("audit:", strings.Join(events, ", "))

	// A tenant may ask for anything; the result never exceeds the ceiling.
	asked := `{"version": 1, "preset": "permissive", "limits": {"memoryBytes": 8589934592}}`
	effective, err := security.ParsePolicy(asked, mine)
	if err != nil {
		log.Fatal(err)
	}
	limits, err := effective.Limits()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("memory asked for: 8 GiB, granted:", limits.MemoryBytes>>20, "MiB")

	// Mistakes are named by their place.
	_, err = security.PolicyFromJSON(`{"version": 1, "limits": {"memoryBites": 1}}`)
	var usage *sandbox.UsageError
	if !errors.As(err, &usage) {
		log.Fatal(err)
	}
	fmt.Println(usage.Code, "at", usage.Details["path"])
}
