// Command bench measures the Go package beside an empty cgo call and wazero, in one run: `npm run bench`, or `go run .`
// here. What is compared runs in turns; ratios are to the first line of a table, because times on a shared machine
// drift. It is a module of its own, so that nobody who uses the package gets the peer.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
)

const guests = "../../../fixtures/guests/"

func main() {
	log.SetFlags(0)
	fmt.Println(runtime.Version())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calculator, err := os.ReadFile(guests + "calculator.wasm")
	must(err)
	numbers(ctx, calculator)
	runs(ctx)
	mebibyte(ctx)
	rounds(ctx, calculator, 10_000)
}

func numbers(ctx context.Context, content []byte) {
	sb, err := sandbox.FromBytes(ctx, content)
	must(err)
	defer sb.Close()
	add, err := sb.Prepare(ctx, "add")
	must(err)
	// Calls that cannot be stopped are no sandbox: the peer is asked for the same.
	peer := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true))
	defer peer.Close(ctx)
	module, err := peer.Instantiate(ctx, content)
	must(err)
	theirs := module.ExportedFunction("add")
	compare("A numeric call, add(5, 3)", 1000, 500, []measured{
		{"prepared call", func() error { _, err := add.Call(5, 3); return err }},
		{"an empty cgo call", func() error { floor(5, 3); return nil }},
		{"wazero 1.9.0, with a context that can end", func() error { _, err := theirs.Call(ctx, 5, 3); return err }},
		{"wazero 1.9.0, each call with its own time limit", func() error {
			limited, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := theirs.Call(limited, 5, 3)
			return err
		}},
	})
	// By itself: its threads look out for the next call a moment longer, on the core that the others are measured on.
	compare("The same call on threads of the library", 200, 500, []measured{
		{"sandbox.Call", func() error { _, err := sb.Call(ctx, "add", 5, 3); return err }},
	})
}

func runs(ctx context.Context) {
	python, err := sandbox.OpenPython(ctx)
	must(err)
	defer python.Close()
	javascript, err := sandbox.OpenJavaScript(ctx)
	must(err)
	defer javascript.Close()
	compare("Sessions and runs", 200, 1, []measured{
		{"session.Run(1 + 1), Python", func() error { _, err := python.Run(ctx, "1 + 1"); return err }},
		{"session.Run(1 + 1), JavaScript", func() error { _, err := javascript.Run(ctx, "1 + 1"); return err }},
		{"Run, Python, pass", func() error { _, err := sandbox.Run(ctx, sandbox.Python("pass")); return err }},
		{"Run, JavaScript, 1 + 1", func() error { _, err := sandbox.Run(ctx, sandbox.JavaScript("1 + 1")); return err }},
	})
}

func mebibyte(ctx context.Context) {
	data := bytes.Repeat([]byte{7, 200, 0, 255}, 1<<18)
	session, err := sandbox.OpenPython(ctx)
	must(err)
	defer session.Close()
	_, err = session.Run(ctx, "def echo(data): return data\ndef size(data): return len(data)")
	must(err)
	plugin, err := sandbox.FromFile(ctx, guests+"plugin.wasm")
	must(err)
	defer plugin.Close()
	for _, guest := range []sandbox.Caller{session, plugin} {
		echoed, err := sandbox.CallAs[[]byte](ctx, guest, "echo", data)
		must(err)
		if !bytes.Equal(echoed, data) {
			log.Fatal("the bytes came back changed")
		}
	}
	call := func(guest sandbox.Caller, name string, data []byte) func() error {
		return func() error { _, err := guest.Call(ctx, name, data); return err }
	}
	compare("One mebibyte of bytes", 200, 5, []measured{
		{"one copy in Go", func() error { kept = bytes.Clone(data); return nil }},
		{"session: nothing in and out", call(session, "size", nil)},
		{"session: in", call(session, "size", data)},
		{"session: in and out", call(session, "echo", data)},
		{"plug-in: in and out", call(plugin, "echo", data)},
	})
}

// kept keeps the compiler from leaving the copy out.
var kept []byte

func rounds(ctx context.Context, content []byte, count int) {
	one := func() {
		sb, err := sandbox.FromBytes(ctx, content)
		must(err)
		_, err = sb.Call(ctx, "add", 1, 2)
		must(err)
		must(sb.Close())
	}
	for range count / 10 {
		one()
	}
	before, begun := resident(), time.Now()
	for range count {
		one()
	}
	fmt.Printf("\n%d rounds of create, call, close: %s each, resident %+.1f MB of %.0f\n",
		count, shown(time.Since(begun)/time.Duration(count)), resident()-before, before)
}

func resident() float64 {
	runtime.GC()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kilobytes float64
	fmt.Sscan(rest, &kilobytes)
	return kilobytes / 1024
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
