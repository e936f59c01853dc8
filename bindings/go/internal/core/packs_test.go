package core

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Without a home there is no folder that only this user can write to, unless a new one is made.
func TestPacksGoToAPrivateFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("home, temporary folder and permissions are told otherwise there")
	}
	t.Setenv("TMPDIR", t.TempDir())
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	own, err := privateFolder("abc")
	if err != nil || !strings.HasPrefix(own, home) || filepath.Base(own) != "abc" {
		t.Fatal(own, err)
	}
	t.Setenv("HOME", "")
	first, err := privateFolder("abc")
	if err != nil {
		t.Fatal(err)
	}
	second, err := privateFolder("abc")
	if err != nil || first == second {
		t.Fatal(second, err)
	}
	for _, folder := range []string{own, first, second} {
		if facts, err := os.Stat(folder); err != nil || facts.Mode().Perm() != 0o700 {
			t.Fatal(folder, facts, err)
		}
	}
}
