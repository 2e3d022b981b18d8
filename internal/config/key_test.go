package config

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestTheKeyFileIsMadeOnceForItsOwner(t *testing.T) {
	c := Config{KeyFile: filepath.Join(t.TempDir(), "latchkey.key")}
	key, created, err := LoadKey(c)
	if err != nil || !created || len(key) != keyLength {
		t.Fatalf("the first start: %d bytes, %v, %v", len(key), created, err)
	}
	again, created, err := LoadKey(c)
	if err != nil || created || !bytes.Equal(key, again) {
		t.Errorf("the second start: same key %v, %v, %v", bytes.Equal(key, again), created, err)
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	left, err := os.ReadDir(filepath.Dir(c.KeyFile))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestSimultaneousStartsGetOneKey(t *testing.T) {
	c := Config{KeyFile: filepath.Join(t.TempDir(), "latchkey.key")}
	var keys [16][]byte
	var made [16]bool
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], made[i], err = LoadKey(c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	count := 0
	for i := range keys {
		if !bytes.Equal(keys[i], keys[0]) {
			t.Fatal("two starts have different keys")
		}
		if made[i] {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d starts made the key", count)
	}
}

func TestKeysInEveryCommonSpelling(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	for _, text := range []string{
		strings.Repeat("fbff", 16), strings.Repeat("FBFF", 16),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw) + "\n",
	} {
		c := load(t, Settings{}, env{"LATCHKEY_KEY": text})
		if key, created, err := LoadKey(c); err != nil || created || !bytes.Equal(key, raw) {
			t.Errorf("%q from the environment: %x, %v, %v", text, key, created, err)
		}
		c = Config{KeyFile: write(t, text, 0o600)}
		if key, created, err := LoadKey(c); err != nil || created || !bytes.Equal(key, raw) {
			t.Errorf("%q from a file: %x, %v, %v", text, key, created, err)
		}
	}
}

func TestBadKeyFiles(t *testing.T) {
	secret := strings.Repeat("fbff", 16)
	for name, path := range map[string]string{
		"empty":        write(t, "", 0o600),
		"too short":    write(t, secret[2:], 0o600),
		"too long":     write(t, secret+"00", 0o600),
		"a folder":     t.TempDir(),
		"no folder":    filepath.Join(t.TempDir(), "absent", "latchkey.key"),
		"group's too":  write(t, secret, 0o640),
		"everybody's":  write(t, secret, 0o604),
		"not the text": write(t, "correct horse battery staple", 0o600),
	} {
		if runtime.GOOS == "windows" && (name == "group's too" || name == "everybody's") {
			continue
		}
		key, created, err := LoadKey(Config{KeyFile: path})
		if err == nil || created || key != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), secret[2:]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}
