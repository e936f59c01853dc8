// Output as it comes, and an end whenever you like: by a limit, by a context. The error has what is left of the run.
// Run it with: go run ./streaming-and-cancel (in examples/go)
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// writer lets a function receive output.
type writer func(chunk []byte) (int, error)

func (w writer) Write(chunk []byte) (int, error) { return w(chunk) }

func main() {
	// By a limit.
	_, err := sandbox.Run(context.Background(),
		sandbox.JavaScript(`console.log("computing"); for (;;);`),
		sandbox.Limits(security.Limits{CPUTimeMs: 100}), sandbox.Stdout(os.Stdout))
	var limit *sandbox.ResourceError
	if !errors.As(err, &limit) {
		log.Fatal(err)
	}
	fmt.Println("ended by:", limit.Code)
	fmt.Println("written until then:", strings.TrimSpace(limit.Result.Stdout))
	fmt.Println("used at least the limit:", limit.Result.Usage.CPUTimeMs >= 100)

	// By a context, when enough was seen; the guest has stopped when Run returns.
	ctx, enough := context.WithCancel(context.Background())
	defer enough()
	lines := 0
	_, err = sandbox.Run(ctx,
		sandbox.JavaScript(`for (let i = 1; ; i++) { console.log("step", i); await pause(); }`),
		sandbox.AsyncHost(map[string]sandbox.HostFunc{
			"pause": func(context.Context, ...any) (any, error) {
				time.Sleep(10 * time.Millisecond)
				return nil, nil
			},
		}),
		sandbox.Stdout(writer(func(chunk []byte) (int, error) {
			lines++
			if lines == 3 {
				enough()
			}
			return os.Stdout.Write(chunk)
		})))
	var ended *sandbox.LifecycleError
	if !errors.As(err, &ended) || !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	fmt.Println("ended by:", ended.Code)
	fmt.Println("written until then:", strings.Join(strings.Split(strings.TrimSpace(ended.Result.Stdout), "\n"), ", "))
	fmt.Println("bytes of output:", ended.Result.Usage.OutputBytes)

	// By a context after a while; a loop is no obstacle.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err = sandbox.Run(ctx, sandbox.JavaScript("for (;;);"))
	if !errors.As(err, &ended) || !errors.Is(err, context.DeadlineExceeded) {
		log.Fatal(err)
	}
	fmt.Println("ended by:", ended.Code, "after a while")
}
