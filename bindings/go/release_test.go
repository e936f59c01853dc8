// Package wasmsandbox_test holds the package against what its users do: install it from a proxy, run the README's quick
// start, run the examples, build without cgo.
package wasmsandbox_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// command runs a program in a folder and gives what it wrote.
func command(t *testing.T, folder string, environment []string, name string, args ...string) (string, error) {
	t.Helper()
	run := exec.Command(name, args...)
	run.Dir, run.Env = folder, append(os.Environ(), environment...)
	output, err := run.CombinedOutput()
	return string(output), err
}

// TestExamples has each example print, word for word, what the one of the same name prints in every language.
func TestExamples(t *testing.T) {
	expected, err := filepath.Glob("../../examples/expected/*.txt")
	must(t, err)
	programs, err := filepath.Glob("../../examples/go/*/main.go")
	must(t, err)
	if len(expected) < 3 || len(programs) != len(expected) {
		t.Fatalf("%d programs, %d expected outputs", len(programs), len(expected))
	}
	for _, file := range expected {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(file)
			must(t, err)
			got, err := command(t, "../../examples/go", nil, "go", "run", "./"+name)
			if err != nil || got != string(want) {
				t.Fatalf("%v; got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func TestWithoutCgo(t *testing.T) {
	output, err := command(t, ".", []string{"CGO_ENABLED=0"}, "go", "build", "./pkg/sandbox")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(output, "set_CGO_ENABLED_to_1") {
		t.Fatalf("%v\n%s", err, output)
	}
}

func TestFormat(t *testing.T) {
	output, err := command(t, ".", nil, "gofmt", "-l", ".", "../../examples/go")
	must(t, err)
	if output != "" {
		t.Fatalf("gofmt would change\n%s", output)
	}
}

// TestInstall fetches the package from a proxy of files into an empty module, whose cache is empty too.
func TestInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	proxy, folder, cache := t.TempDir(), t.TempDir(), t.TempDir()
	output, err := command(t, "../..", nil, "node", "scripts/go-proxy.mjs", proxy)
	if err != nil {
		t.Fatal(output)
	}
	out, err := exec.Command("go", "env", "GOPROXY", "GOMODCACHE").Output()
	must(t, err)
	usual := strings.Split(strings.TrimSpace(string(out)), "\n")
	environment := []string{
		// The test framework of the second step comes from where it usually does; the package from the files alone.
		"GOPROXY=file://" + proxy + ",file://" + filepath.Join(usual[1], "cache", "download") + "," + usual[0],
		"GOMODCACHE=" + cache, "GONOSUMDB=github.com/wasm-sandbox/*", "GOFLAGS=-modcacherw", "XDG_CACHE_HOME=" + t.TempDir(),
		"GOCACHE=" + filepath.Join(cache, "build"),
	}
	inModule := func(want, name string, args ...string) {
		t.Helper()
		output, err := command(t, folder, environment, name, args...)
		if err != nil || !strings.Contains(output, want) {
			t.Fatalf("%s %v: %v\n%s", name, args, err, output)
		}
	}
	readme, err := os.ReadFile("README.md")
	must(t, err)
	_, rest, _ := strings.Cut(string(readme), "```go\npackage main")
	quick, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no quick start")
	}
	must(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main"+quick), 0o644))
	must(t, os.CopyFS(filepath.Join(folder, "test-fixtures"), os.DirFS("../../fixtures/guests")))
	calculator, err := os.ReadFile("../../fixtures/guests/calculator.wasm")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "calculator.wasm"), calculator, 0o644))
	inModule("", "go", "mod", "init", "example.com/quick")
	inModule("added github.com/wasm-sandbox/wasm-sandbox-go", "go", "get", "github.com/wasm-sandbox/wasm-sandbox-go")
	inModule("", "go", "build", "-o", "quick", ".")
	inModule("Result: 8", "./quick")
	test, err := os.ReadFile("testdata/install/seed_test.go")
	must(t, err)
	must(t, os.Mkdir(filepath.Join(folder, "tests"), 0o755))
	must(t, os.WriteFile(filepath.Join(folder, "tests", "seed_test.go"), test, 0o644))
	must(t, os.Rename(filepath.Join(folder, "test-fixtures"), filepath.Join(folder, "tests", "test-fixtures")))
	inModule("", "go", "get", "github.com/stretchr/testify/assert@v1.11.1", "github.com/stretchr/testify/require@v1.11.1")
	inModule("ok", "go", "test", "-bench=.", "-benchtime=20x", "./...")
}
