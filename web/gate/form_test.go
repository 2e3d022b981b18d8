package gate

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzForm: a form is read as the library reads it, or not at all.
func FuzzForm(f *testing.F) {
	for _, text := range []string{
		"", "&", "=", "a", "a=", "=b", "a=b", "token=x~y&ip=10.0.0.1", "a=b&a=c", "%61=b&a=c", "a=%", "a=%zz", "%=a", "a+b=c+d", "a=b;c=d", ";", "&&a==b&",
		"a=1&b=2&c=3&d=4&e=5", "token=%00%ff", strings.Repeat("a&", formLimit-1), strings.Repeat("a&", formLimit),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, wantErr := url.ParseQuery(text)
		got, err := readForm(text)
		if strings.Count(text, "&") >= formLimit {
			if err == nil {
				t.Fatal("a form of too many parameters is read")
			}
			return
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: it says %v, the library %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		values, twice := url.Values{}, false
		for _, p := range got {
			values.Add(p.name, p.value)
		}
		for name, all := range want {
			twice = twice || len(all) > 1
			if !got.Has(name) || got.Get(name) != want.Get(name) {
				t.Errorf("%q: %q is %q, want %q", text, name, got.Get(name), want.Get(name))
			}
		}
		if !maps.EqualFunc(values, want, slices.Equal[[]string]) {
			t.Errorf("%q is %v, want %v", text, values, want)
		}
		if got.repeats() != twice {
			t.Errorf("%q repeats a name: %t, want %t", text, got.repeats(), twice)
		}
		if missing := text + "?"; got.Has(missing) != want.Has(missing) || got.Get(missing) != want.Get(missing) {
			t.Errorf("%q has %q", text, missing)
		}
	})
}
