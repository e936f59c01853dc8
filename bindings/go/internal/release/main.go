// Command release assembles a module proxy in a folder: this module and one nested module for each platform whose
// native object is there, or only for those named. GOPROXY=file://FOLDER then serves them. It builds nothing.
package main

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const module = "github.com/wasm-sandbox/wasm-sandbox-go"

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: release MODULE_FOLDER LICENSE VERSION OUT [PLATFORM...]")
		os.Exit(2)
	}
	if err := release(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func release(root, license, version, out string, wanted []string) error {
	if err := publish(root, license, module, version, out); err != nil {
		return err
	}
	platforms, err := os.ReadDir(filepath.Join(root, "platforms"))
	if err != nil {
		return err
	}
	for _, one := range platforms {
		folder := filepath.Join(root, "platforms", one.Name())
		objects, err := filepath.Glob(filepath.Join(folder, "*.syso"))
		isWanted := len(wanted) == 0 || slices.Contains(wanted, one.Name())
		if err != nil || len(objects) == 0 || !isWanted {
			// Whoever is on another platform needs its go.mod all the same.
			fmt.Fprintf(os.Stderr, "%s: its content is left out\n", one.Name())
			if _, err := describe(folder, module+"/platforms/"+one.Name(), version, out); err != nil {
				return err
			}
			continue
		}
		if err := publish(folder, license, module+"/platforms/"+one.Name(), version, out); err != nil {
			return err
		}
	}
	return nil
}

// describe writes what a proxy serves of a module beside its content.
func describe(root, path, version, out string) (string, error) {
	folder := filepath.Join(out, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":%q}\n", version, time.Now().UTC().Format(time.RFC3339))
	for name, content := range map[string]string{"list": version + "\n", version + ".info": info, version + ".mod": string(mod)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// publish writes all of a module.
func publish(root, license, path, version, out string) error {
	folder, err := describe(root, path, version, out)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	archive := zip.NewWriter(file)
	prefix := path + "@" + version + "/"
	if err := add(archive, license, prefix+"LICENSE"); err != nil {
		return err
	}
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(name, root)), "/")
		if entry.IsDir() {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			nested := relative != "" && err == nil
			if nested || relative == "platforms" || entry.Name() == "testdata" || relative == "internal/release" {
				return filepath.SkipDir
			}
			return nil
		}
		// The tests need this repository's fixtures.
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "package.json" {
			return nil
		}
		return add(archive, name, prefix+relative)
	})
	if err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return file.Close()
}

func add(archive *zip.Writer, from, name string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := archive.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return err
}
