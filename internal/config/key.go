package config

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const keyLength = 32

// LoadKey returns the installation's key. Where neither a key nor its file
// exists it makes the file, for its owner only, and reports that it did; of
// several programs that start at once one makes it and all get the same.
func LoadKey(c Config) (key []byte, created bool, err error) {
	if c.key != nil {
		return c.key, false, nil
	}
	key, err = readKey(c.KeyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	err = createKey(c.KeyFile)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, false, fmt.Errorf("make the key file: %w", err)
	}
	created = err == nil
	key, err = readKey(c.KeyFile)
	return key, created, err
}

// OldKeys are the keys from before.
func (c Config) OldKeys() [][]byte { return c.oldKeys }

func readKey(path string) ([]byte, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("the key file: %w", err)
	}
	key, ok := parseKey(text)
	if !ok {
		return nil, fmt.Errorf("the key file %s does not hold a key: 32 bytes in base64 or hexadecimal", path)
	}
	return key, nil
}

// createKey makes the file under another name first, so that it is never seen
// without its content, and a crash leaves no half of it.
func createKey(path string) error {
	var key [keyLength]byte
	_, _ = rand.Read(key[:])                                           // never fails: crypto/rand ends the program instead
	draft, err := os.CreateTemp(filepath.Dir(path), ".latchkey-key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name durable. A lost key is a lost installation.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders can't be opened there
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// parseKey reads 32 bytes in hexadecimal or any common base64.
func parseKey(text string) ([]byte, bool) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == keyLength {
		return key, true
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	return key, err == nil && len(key) == keyLength
}

// exposed says that a file with a secret can be read by others.
type exposed struct{ path string }

func (e exposed) Error() string {
	return e.path + " can be read by other users of this machine: run chmod 600 " + e.path
}

// secretLimit bounds what is read from a file that holds one line.
const secretLimit = 16 << 10

// readPrivate returns the text of a file that only its owner can read.
func readPrivate(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", exposed{path}
	}
	text, err := io.ReadAll(io.LimitReader(file, secretLimit))
	return strings.TrimSpace(string(text)), err
}

// sentence says what is wrong with a file.
func sentence(err error) string {
	switch e, ok := errors.AsType[exposed](err); {
	case ok:
		return "The file " + e.Error() + "."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file."
	case errors.Is(err, fs.ErrPermission):
		return "The file can't be read by this user."
	}
	return "The file can't be read."
}
