package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// templates returns the text below dir of every template, and of the code that
// writes HTML itself.
func templates(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		code := filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_templ.go") && !strings.HasSuffix(path, "_test.go")
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".templ" && !code {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// components returns the exported components of dir.
func components(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, text := range templates(t, dir) {
		for _, found := range regexp.MustCompile(`(?m)^(?:templ ([A-Z]\w*)\(|func ([A-Z]\w*)\(.*\) Drawing )`).FindAllStringSubmatch(text, -1) {
			names[first(found[1:]...)] = true
		}
	}
	return names
}

// An icon that is not in the sprite is drawn as nothing, which no other test
// would notice.
func TestIconsExist(t *testing.T) {
	sprite, err := os.ReadFile("../../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:\bIcon|\bAvatarIcon|\bGlyph)\("([^"]+)"\s*[,)]|\b[Ii]con:\s*"([^"]*[^-"])"|sprite\) \+ "#([^"]+)"`)
	for path, text := range templates(t, "..") {
		for _, found := range named.FindAllStringSubmatch(text, -1) {
			if name := first(found[1:]...); !strings.Contains(string(sprite), `<symbol id="`+name+`"`) {
				t.Errorf("%s: no icon %q in the sprite", path, name)
			}
		}
	}
	for status := range statusTone {
		if !strings.Contains(string(sprite), `<symbol id="st-`+status+`"`) {
			t.Errorf("no glyph for status %s", status)
		}
	}
}

// Form alone posts, and no template steps around templ's escaping or the
// content security policy.
func TestTemplatesKeepTheRules(t *testing.T) {
	for rule, pattern := range map[string]*regexp.Regexp{
		"only Form posts":        regexp.MustCompile(`(?i)method="post"`),
		"no inline style":        regexp.MustCompile(`\sstyle\??=|<style`),
		"no inline script":       regexp.MustCompile(`\son[a-z]+\??=|hx-on[:-]|<script>`),
		"no way round escaping":  regexp.MustCompile(`templ\.(Raw|SafeURL|JSFuncCall|SafeCSS)|"js:`),
		"no filter in a trigger": regexp.MustCompile(`hx-trigger="[^"]*\[`),
	} {
		for path, text := range templates(t, "..") {
			if path == "form.templ" || filepath.Base(path) == "form.templ" && strings.Contains(path, "ui") {
				if rule == "only Form posts" {
					text = strings.Replace(text, `method="post"`, "", 1)
				}
			}
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s: %s, but there is %q", path, rule, strings.TrimSpace(found))
			}
		}
	}
}
