package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wasm-sandbox/wasm-sandbox-go/internal/native"
)

// packsFolder unpacks the language packs that the program carries into the user's cache folder, which is named after
// their content, and holds what is there already against it.
func packsFolder() (string, error) {
	packs := native.Packs()
	entries, err := fs.ReadDir(packs, ".")
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	contents := make(map[string][]byte, len(entries))
	for _, entry := range entries {
		if contents[entry.Name()], err = fs.ReadFile(packs, entry.Name()); err != nil {
			return "", err
		}
		digest := sha256.Sum256(contents[entry.Name()])
		hash.Write([]byte(entry.Name()))
		hash.Write(digest[:])
	}
	folder, err := privateFolder(hex.EncodeToString(hash.Sum(nil))[:32])
	if err != nil {
		return "", err
	}
	for name, content := range contents {
		if err := put(filepath.Join(folder, name), content); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// privateFolder is where nobody but this user can put anything: packs hold native code. Without a cache folder of the
// user's it is a new one in each process.
func privateFolder(name string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return os.MkdirTemp("", "wasm-sandbox-")
	}
	folder := filepath.Join(base, "wasm-sandbox", "packs", name)
	return folder, os.MkdirAll(folder, 0o700)
}

// put writes a file so that a reader sees all of it or nothing.
func put(path string, content []byte) error {
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	half, err := os.CreateTemp(filepath.Dir(path), ".half-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(half.Name()) }()
	_, err = half.Write(content)
	if err = errors.Join(err, half.Close()); err != nil {
		return err
	}
	return os.Rename(half.Name(), path)
}
