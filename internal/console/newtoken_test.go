package console_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// fieldsOf are the names of the fields that err complains about, sorted.
func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code != console.CodeInvalid {
		t.Fatalf("not about fields: %v", err)
	}
	return slices.Sorted(maps.Keys(e.Fields))
}

// now is within a minute, so that the minute's beginning is in the past.
var now = noon.Add(30 * time.Second)

// sound is a NewToken with which nothing is wrong at now.
func sound() console.NewToken {
	return console.NewToken{
		GUID: console.NewGUID(), Type: console.TypeRepository, Name: "deploy", Description: "From the pipeline.",
		Scopes: []string{"ReadAccess", "ChangeFiles"}, Repositories: []console.GUID{console.NewGUID()},
		ValidFrom: now.Add(time.Hour), ValidTo: now.Add(day),
	}
}

// unsound lists what a change to a sound NewToken makes wrong, "" for nothing.
type unsound struct {
	name   string
	change func(*console.NewToken)
	field  string
}

func checkNewTokens(t *testing.T, tests []unsound) {
	t.Helper()
	for _, test := range tests {
		n := sound()
		test.change(&n)
		var want []string
		if test.field != "" {
			want = []string{test.field}
		}
		if got := fieldsOf(t, n.Clean().Validate(now, console.BuiltIn())); !slices.Equal(got, want) {
			t.Errorf("%s: complaints about %q, want %q", test.name, got, want)
		}
	}
}

func TestNewTokenNeedsItsFields(t *testing.T) {
	checkNewTokens(t, []unsound{
		{"as it is", func(n *console.NewToken) {}, ""},
		{"without a GUID", func(n *console.NewToken) { n.GUID = "" }, "guid"},
		{"with a text for a GUID", func(n *console.NewToken) { n.GUID = "deploy" }, "guid"},
		{"with a GUID and a NUL", func(n *console.NewToken) { n.GUID += "\x00" }, "guid"},
		{"with a GUID in capitals", func(n *console.NewToken) { n.GUID = "0AD09D9B-9BBE-4B29-BC0B-6D9F74A8ACE4" }, "guid"},
		{"with a GUID without hyphens", func(n *console.NewToken) { n.GUID = "0ad09d9b9bbe4b29bc0b6d9f74a8ace4" }, "guid"},
		{"without a type", func(n *console.NewToken) { n.Type, n.Repositories = "", nil }, "type"},
		{"of an unknown type", func(n *console.NewToken) { n.Type = "robot" }, "type"},
		{"of a type in capitals", func(n *console.NewToken) { n.Type = "Repository" }, "type"},
		{"without a repository", func(n *console.NewToken) { n.Repositories = nil }, "repository"},
		{"without a name", func(n *console.NewToken) { n.Name = "" }, "name"},
		{"with spaces for a name", func(n *console.NewToken) { n.Name = " \t\u00a0\u3000" }, "name"},
		{"without a description", func(n *console.NewToken) { n.Description = "" }, ""},
		{"without scopes", func(n *console.NewToken) { n.Scopes = nil }, "scopes"},
		{"without dates", func(n *console.NewToken) { n.ValidFrom, n.ValidTo = time.Time{}, time.Time{} }, ""},
		{"without an owner", func(n *console.NewToken) { n.Owner = "" }, ""},
		{"of an organization, without a repository", func(n *console.NewToken) {
			n.Type, n.Repositories, n.Scopes = console.TypeOrganization, nil, []string{"ViewUsage"}
		}, ""},
	})
	for want, n := range map[string]console.NewToken{
		"[guid name scopes type]":       {},
		"[guid name repository scopes]": {Type: console.TypeRepository},
	} {
		if got := fmt.Sprint(fieldsOf(t, n.Clean().Validate(now, console.BuiltIn()))); got != want {
			t.Errorf("everything that is wrong with %+v: %s, want %s", n, got, want)
		}
	}
}

func TestNewTokenTexts(t *testing.T) {
	name := func(text string) func(*console.NewToken) { return func(n *console.NewToken) { n.Name = text } }
	description := func(text string) func(*console.NewToken) {
		return func(n *console.NewToken) { n.Description = text }
	}
	checkNewTokens(t, []unsound{
		{"a name of one character", name("x"), ""},
		{"a name a character within the limit", name(strings.Repeat("x", 252)), ""},
		{"a name at the limit", name(strings.Repeat("日", 253)), ""},
		{"a name a character over the limit", name(strings.Repeat("x", 254)), "name"},
		{"a name at the limit once it is trimmed", name(" " + strings.Repeat("x", 253) + " "), ""},
		{"a name at the limit once accents are joined", name(strings.Repeat("e\u0301", 253)), ""},
		{"a name with a right-to-left override", name("deploy\u202egnp.exe"), "name"},
		{"a name with an isolate", name("a\u2066b"), "name"},
		{"a name with an Arabic letter mark", name("a\u061cb"), "name"},
		{"a name with a zero width space", name("de\u200bploy"), "name"},
		{"a name with a byte order mark", name("de\ufeffploy"), "name"},
		{"a name with a soft hyphen", name("de\u00adploy"), "name"},
		{"a name with a word joiner", name("de\u2060ploy"), "name"},
		{"a name with a Hangul filler", name("de\u3164ploy"), "name"},
		{"a name with a half width Hangul filler", name("de\uffa0ploy"), "name"},
		{"a name with a combining grapheme joiner", name("de\u034fploy"), "name"},
		{"a name with a Mongolian vowel separator", name("de\u180eploy"), "name"},
		{"a name with a tag character", name("de\U000e0061ploy"), "name"},
		{"a name with a NUL", name("de\x00ploy"), "name"},
		{"a name with an escape", name("\x1b[31mred"), "name"},
		{"a name with a C1 control", name("de\u0085ploy"), "name"},
		{"a name of invalid UTF-8", name("de\xffploy"), "name"},
		{"a name with a surrogate's bytes", name("de\xed\xa0\x80ploy"), "name"},
		{"a name with a replacement character", name("de\ufffdploy"), "name"},
		{"a name of private use", name("\ue000"), "name"},
		{"a name of two lines", name("de\nploy"), "name"},
		{"a name of two Windows lines", name("de\r\nploy"), "name"},
		{"a name with a tab", name("de\tploy"), "name"},
		{"a name with a line separator", name("de\u2028ploy"), "name"},
		{"a name that is spelled with a non-joiner", name("می\u200cخواهم"), ""},
		{"a name with a family of emoji", name("👩\u200d👩\u200d👧"), ""},
		{"a name with a red heart", name("❤\ufe0f ops"), ""},
		{"a name of joiners alone", name("\u200d\u200c"), "name"},
		{"a name of a variation selector alone", name("\ufe0f"), "name"},
		{"a name of a Hangul filler alone", name("\u3164"), "name"},
		{"a name from right to left", name("מפתח פריסה"), ""},
		{"a name that looks like markup", name("<img src=x onerror=alert(1)>"), ""},
		{"a description a character within the limit", description(strings.Repeat("x", 499)), ""},
		{"a description at the limit", description(strings.Repeat("é", 500)), ""},
		{"a description a character over the limit", description(strings.Repeat("x", 501)), "description"},
		{"a description of lines and tabs", description("one\r\ntwo\n\tthree"), ""},
		{"a description with a lone carriage return", description("one\rtwo"), "description"},
		{"a description with a right-to-left override", description("\u202e"), "description"},
		{"a description with a zero width space", description("a\u200bb"), "description"},
		{"a description with a NUL", description("a\x00b"), "description"},
		{"a description of invalid UTF-8", description("\xc3\x28"), "description"},
	})
}

func TestNewTokenScopes(t *testing.T) {
	scopes := func(names ...string) func(*console.NewToken) { return func(n *console.NewToken) { n.Scopes = names } }
	unknown := func(n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf("scope %03d", i))
		}
		return names
	}
	checkNewTokens(t, []unsound{
		{"one of its type", scopes("ReadAccess"), ""},
		{"the same twice", scopes("ReadAccess", "ReadAccess"), ""},
		{"an unknown one", scopes("ReadAccess", "ReadEverything"), "scopes"},
		{"an empty one", scopes(""), "scopes"},
		{"one in another case", scopes("readaccess"), "scopes"},
		{"one of organizations", scopes("ManageUsers"), "scopes"},
		{"one of systems", scopes("ReadAccess", "ManageCluster"), "scopes"},
		{"Latchkey's own", scopes(console.ScopeIntrospect), ""},
	})
	for n, want := range map[int]string{
		100: "There is no scope “scope 000”.",
		101: "Choose at most 100 scopes.",
	} {
		token := sound()
		token.Scopes = unknown(n)
		e, _ := errors.AsType[*console.Error](token.Clean().Validate(now, console.BuiltIn()))
		if e == nil || e.Fields["scopes"] != want {
			t.Errorf("%d scopes: %v, want %q", n, e, want)
		}
	}
	for _, of := range []console.Type{console.TypePersonal, console.TypeDashboardLink} {
		for _, scope := range console.BuiltIn().All() {
			token := sound()
			token.Type, token.Repositories, token.Scopes = of, nil, []string{scope.Name}
			if got := fieldsOf(t, token.Clean().Validate(now, console.BuiltIn())); !slices.Equal(got, []string{"scopes"}) {
				t.Errorf("a token of type %s with %s: complaints about %q", of, scope.Name, got)
			}
		}
	}
}

func TestNewTokenDates(t *testing.T) {
	start := func(at time.Time) func(*console.NewToken) {
		return func(n *console.NewToken) { n.ValidFrom, n.ValidTo = at, time.Time{} }
	}
	end := func(at time.Time) func(*console.NewToken) {
		return func(n *console.NewToken) { n.ValidFrom, n.ValidTo = time.Time{}, at }
	}
	both := func(from, to time.Time) func(*console.NewToken) {
		return func(n *console.NewToken) { n.ValidFrom, n.ValidTo = from, to }
	}
	hour, year9000 := now.Add(time.Hour), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
	checkNewTokens(t, []unsound{
		{"starting a minute ago", start(now.Add(-time.Minute)), "valid_from"},
		{"starting a moment before the current minute", start(noon.Add(-ms)), "valid_from"},
		{"starting with the current minute", start(noon), ""},
		{"starting a moment ago in the current minute", start(now.Add(-ms)), ""},
		{"starting now", start(now), ""},
		{"starting with the current minute, said in another zone", start(noon.In(time.FixedZone("", -3*3600))), ""},
		{"starting in the year 1", start(time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC)), "valid_from"},
		{"starting a moment before the year 9000", start(year9000.Add(-ms)), ""},
		{"starting in the year 9000", start(year9000), "valid_from"},
		{"starting in the year 292277", start(time.Date(292277, 1, 1, 0, 0, 0, 0, time.UTC)), "valid_from"},
		{"ending a moment ago", end(now.Add(-ms)), "valid_to"},
		{"ending now", end(now), "valid_to"},
		{"ending in less than can be kept", end(now.Add(ms - 1)), "valid_to"},
		{"ending in a moment", end(now.Add(ms)), ""},
		{"ending a moment before the year 9000", end(year9000.Add(-ms)), ""},
		{"ending in the year 9000", end(year9000), "valid_to"},
		{"ending in the year 10000", end(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "valid_to"},
		{"ending a moment before it starts", both(hour, hour.Add(-ms)), "valid_to"},
		{"ending as it starts", both(hour, hour), "valid_to"},
		{"ending as it starts, as far as can be kept", both(hour, hour.Add(ms-1)), "valid_to"},
		{"ending a moment after it starts", both(hour, hour.Add(ms)), ""},
	})
}

func TestNewTokenClean(t *testing.T) {
	first, second := console.GUID("11111111-1111-4111-8111-111111111111"), console.GUID("22222222-2222-4222-8222-222222222222")
	n := console.NewToken{
		Type: console.TypeRepository, Name: " Cafe\u0301 ", Description: "a\r\nb\n", Scopes: []string{"b", "a", "b"},
		Repositories: []console.GUID{second, first, second},
		ValidFrom:    time.Date(2026, 11, 21, 13, 0, 0, 1_999_999, time.FixedZone("", 3600)),
	}
	given := slices.Clone(n.Scopes)
	got := n.Clean()
	if got.Name != "Café" || got.Description != "a\nb" {
		t.Errorf("the texts are %q and %q", got.Name, got.Description)
	}
	if !slices.Equal(got.Scopes, []string{"a", "b"}) || !slices.Equal(got.Repositories, []console.GUID{first, second}) {
		t.Errorf("the lists are %q and %q", got.Scopes, got.Repositories)
	}
	if !slices.Equal(n.Scopes, given) {
		t.Error("the caller's scopes were rearranged")
	}
	if want := after(ms); got.ValidFrom != want || !got.ValidTo.IsZero() {
		t.Errorf("the dates are %v and %v, want %v and none", got.ValidFrom, got.ValidTo, want)
	}
	n.Type = console.TypeOrganization
	if got := n.Clean().Repositories; len(got) != 0 {
		t.Errorf("an organization's token belongs to %q", got)
	}
}

func TestSame(t *testing.T) {
	n := sound()
	n.Owner = console.NewGUID()
	n = n.Clean()
	made := n.Token(console.Principal{}, now)
	made.Repositories = []console.RepositoryRef{{GUID: n.Repositories[0], Name: "web"}}
	made.Owner = console.PersonRef{GUID: n.Owner, Name: "Ann"}
	if !n.Same(made) {
		t.Fatal("a request differs from the token that it makes")
	}
	for name, change := range map[string]func(*console.NewToken){
		"another GUID":              func(n *console.NewToken) { n.GUID = console.NewGUID() },
		"another type":              func(n *console.NewToken) { n.Type = console.TypeSystem },
		"another name":              func(n *console.NewToken) { n.Name = "Deploy" },
		"another description":       func(n *console.NewToken) { n.Description = "" },
		"fewer scopes":              func(n *console.NewToken) { n.Scopes = n.Scopes[:1] },
		"other scopes":              func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "DeleteEvents"} },
		"another repository":        func(n *console.NewToken) { n.Repositories = []console.GUID{console.NewGUID()} },
		"no repository":             func(n *console.NewToken) { n.Repositories = nil },
		"a start a moment later":    func(n *console.NewToken) { n.ValidFrom = n.ValidFrom.Add(ms) },
		"no start":                  func(n *console.NewToken) { n.ValidFrom = time.Time{} },
		"an end a moment sooner":    func(n *console.NewToken) { n.ValidTo = n.ValidTo.Add(-ms) },
		"no end":                    func(n *console.NewToken) { n.ValidTo = time.Time{} },
		"another owner":             func(n *console.NewToken) { n.Owner = console.NewGUID() },
		"one more repository first": func(n *console.NewToken) { n.Repositories = append([]console.GUID{"0"}, n.Repositories...) },
	} {
		other := n
		if change(&other); other.Same(made) {
			t.Errorf("a request with %s counts as the same", name)
		}
	}
	other := n
	if other.Owner = ""; !other.Same(made) {
		t.Error("a request that leaves the owner open counts as another")
	}
	if other.ValidFrom = n.ValidFrom.In(time.FixedZone("", 3600)); !other.Same(made) {
		t.Error("the same instant in another zone counts as another")
	}
}
