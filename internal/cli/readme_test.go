package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/config"
)

// TestTheReadmeIsTrue compares what the README names with what there is.
func TestTheReadmeIsTrue(t *testing.T) {
	const root = "../.."
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(content)
	settings := map[string]bool{"LATCHKEY_KEY": true}
	for field := range reflect.TypeFor[config.Settings]().Fields() {
		if flag := field.Tag.Get("name"); flag != "" {
			settings[config.Variable(flag)] = true
		}
	}
	for name := range settings {
		if !strings.Contains(readme, "| `"+name+"` |") {
			t.Errorf("the setting %s is not in the table", name)
		}
	}
	for _, name := range regexp.MustCompile(`LATCHKEY_[A-Z_]+`).FindAllString(readme, -1) {
		if !settings[name] {
			t.Errorf("there is no setting %s", name)
		}
	}
	for _, path := range regexp.MustCompile("`((?:cmd|internal|web|views|static)(?:/[a-z0-9_./]+)?|\\.ci/run|Taskfile\\.yml)`").FindAllStringSubmatch(readme, -1) {
		if _, err := os.Stat(filepath.Join(root, path[1])); err != nil {
			t.Errorf("%s: %v", path[1], err)
		}
	}
	m := blank(t)
	for _, command := range regexp.MustCompile(`(?m)^latchkey ([a-z][a-z-]*(?: [a-z]+(?:-[a-z]+)*)?)( .*)?$`).FindAllStringSubmatch(readme, -1) {
		help := m.must(append(strings.Fields(command[1]), "--help")...)
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(command[2], -1) {
			if !strings.Contains(help, flag) {
				t.Errorf("latchkey %s has no %s", command[1], flag)
			}
		}
	}
}
