package sandbox_test

// Load: many goroutines, traps beside Go's own faults, limits in parallel, rounds of opening and closing, the end of a
// program. Meant to be run with -race, GODEBUG=cgocheck=1 and GOGC=1 as well.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/sandbox"
	"github.com/wasm-sandbox/wasm-sandbox-go/pkg/security"
)

// together runs work in many goroutines and gathers what went wrong.
func together(t *testing.T, count int, work func(int) error) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, count)
	for i := range count {
		group.Add(1)
		go func() {
			defer group.Done()
			errs[i] = work(i)
		}()
	}
	group.Wait()
	must(t, errors.Join(errs...))
}

func TestManyGoroutines(t *testing.T) {
	shared := opened(t, "host.wasm", sandbox.Host(map[string]sandbox.HostFunc{
		"twice": func(_ context.Context, args ...any) (any, error) { return args[0].(int) * 2, nil },
		"big":   func(context.Context, ...any) (any, error) { return 0, nil },
	}))
	together(t, 100, func(i int) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		value, err := shared.Call(ctx, "call_twice", i)
		if err == nil && value != 2*i {
			err = fmt.Errorf("%v, not %d", value, 2*i)
		}
		result, failed := sandbox.Run(ctx, sandbox.JavaScript("[n, {n}]"), sandbox.Inputs(map[string]any{"n": i}))
		if failed == nil && !same([]any{i, map[string]any{"n": i}}, result.Value) {
			failed = fmt.Errorf("%v", result.Value)
		}
		return errors.Join(err, failed)
	})
}

func TestTrapsBesideGosOwnFaults(t *testing.T) {
	names := []string{"unreachable", "load_far", "overflow", "null_reference"}
	together(t, 8, func(i int) error {
		sb, err := sandbox.FromFile(context.Background(), fixtures+"guests/trap.wasm")
		if err != nil {
			return err
		}
		defer sb.Close()
		trap, err := sb.Prepare(context.Background(), "unreachable")
		if err != nil {
			return err
		}
		for round := range 50 {
			var failed *sandbox.ExecutionError
			name := names[(i+round)%len(names)]
			if _, err := sb.Call(context.Background(), name); !errors.As(err, &failed) || failed.Code != sandbox.CodeGuestTrap {
				return fmt.Errorf("%s: %v", name, err)
			}
			// On this very thread.
			if _, err := trap.Call(); !errors.As(err, &failed) || failed.Code != sandbox.CodeGuestTrap {
				return fmt.Errorf("prepared: %v", err)
			}
			if err := ownFault(); err == nil {
				return errors.New("a nil pointer was followed")
			}
		}
		return nil
	})
}

func ownFault() (err error) {
	defer func() {
		if fault, ok := recover().(runtime.Error); ok {
			err = fault
		}
	}()
	var nothing *struct{ field int }
	nothing.field++
	return nil
}

func TestEveryRunHasItsSecond(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, cancel)
	begun := time.Now()
	together(t, 64, func(i int) error {
		own := context.Background()
		if i == 0 {
			own = ctx
		}
		_, err := sandbox.Run(own, sandbox.JavaScript("for (;;);"), sandbox.Limits(security.Limits{WallTimeMs: 1000}))
		took := time.Since(begun)
		if i == 0 {
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("the cancelled one: %v", err)
			}
			return nil
		}
		var limit *sandbox.ResourceError
		if !errors.As(err, &limit) || limit.Code != sandbox.CodeWallTimeout {
			return err
		}
		if wall := limit.Result.Usage.WallTimeMs; wall < 1000 || took > 30*time.Second {
			return fmt.Errorf("%d ms, after %s", wall, took)
		}
		return nil
	})
}

func TestRoundsLeaveNothingBehind(t *testing.T) {
	content, err := os.ReadFile(fixtures + "guests/calculator.wasm")
	must(t, err)
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	round := func() {
		ctx := context.Background()
		sb, err := sandbox.FromBytes(ctx, content, sandbox.Host(map[string]sandbox.HostFunc{
			"unused": func(context.Context, ...any) (any, error) { return nil, nil },
		}))
		must(t, err)
		value, err := sb.Call(ctx, "add", 5, 3)
		must(t, err)
		equal(t, value, 8)
		must(t, sb.Close())
	}
	for range rounds / 4 {
		round()
	}
	memory, threads, files := figures(t)
	// Threads of the library that have called Go count as goroutines.
	goroutines := runtime.NumGoroutine()
	for range rounds {
		round()
	}
	after, threadsAfter, filesAfter := figures(t)
	if after > memory+24<<20 || threadsAfter > threads+8 || filesAfter > files+4 {
		t.Fatalf("memory %d to %d, threads %d to %d, descriptors %d to %d", memory, after, threads, threadsAfter, files, filesAfter)
	}
	if now := runtime.NumGoroutine(); now > goroutines+8 {
		t.Fatalf("%d goroutines, and then %d", goroutines, now)
	}
}

// figures are the process's resident memory, threads and open descriptors.
func figures(t *testing.T) (memory, threads, files int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0, 0, 0
	}
	runtime.GC()
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmRSS: %d kB", &memory)
		_, _ = fmt.Sscanf(line, "Threads: %d", &threads)
	}
	list, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return memory << 10, threads, len(list)
}

const leaves = "WASM_SANDBOX_TEST_LEAVES"

// TestProgramsEnd has a program of its own end while guests run.
func TestProgramsEnd(t *testing.T) {
	if os.Getenv(leaves) != "" {
		leave(t)
	}
	for _, how := range []string{"exit", "return", "panic"} {
		command := exec.Command(os.Args[0], "-test.run=^TestProgramsEnd$", "-test.count=1")
		command.Env = append(os.Environ(), leaves+"="+how)
		var output bytes.Buffer
		command.Stdout, command.Stderr = &output, &output
		begun := time.Now()
		err := command.Run()
		var exit *exec.ExitError
		status := 0
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		want := map[string]int{"exit": 7, "return": 0, "panic": 2}[how]
		if status != want || how == "panic" && !strings.Contains(output.String(), "panic: as wished") || time.Since(begun) > 20*time.Second {
			t.Fatalf("%s: status %d after %s: %v\n%s", how, status, time.Since(begun), err, output.String())
		}
	}
}

func leave(t *testing.T) {
	running := make(chan struct{})
	sb, err := sandbox.OpenJavaScript(context.Background(), sandbox.Host(map[string]sandbox.HostFunc{
		"begun": func(context.Context, ...any) (any, error) { close(running); return nil, nil },
	}))
	must(t, err)
	go func() { _, _ = sb.Run(context.Background(), "begun(); for (;;);") }()
	<-running
	switch os.Getenv(leaves) {
	case "exit":
		os.Exit(7)
	case "panic":
		go panic("as wished")
		select {}
	}
	t.SkipNow()
}
