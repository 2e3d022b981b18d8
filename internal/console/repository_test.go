package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
)

func TestNewRepository(t *testing.T) {
	connections := func(n int) (all []console.NewConnection) {
		for i := range n {
			all = append(all, console.NewConnection{Repository: fmt.Sprintf("repo-%d", i), Filter: "*"})
		}
		return all
	}
	named := func(name string) console.NewRepository {
		return console.NewRepository{Name: name, Kind: console.KindRepository}
	}
	described := func(text string) console.NewRepository {
		return console.NewRepository{Name: "web", Kind: console.KindRepository, Description: text}
	}
	view := func(connections ...console.NewConnection) console.NewRepository {
		return console.NewRepository{Name: "all", Kind: console.KindView, Connections: connections}
	}
	reading := func(repository, filter string) console.NewConnection {
		return console.NewConnection{Repository: repository, Filter: filter}
	}
	for _, test := range []struct {
		name  string
		given console.NewRepository
		field string
	}{
		{"a plain name", named("web-logs_2.eu"), ""},
		{"no name", named(""), "name"},
		{"spaces for a name", named("  "), "name"},
		{"a name at the limit", named(strings.Repeat("é", 100)), ""},
		{"a name a character over the limit", named(strings.Repeat("x", 101)), "name"},
		{"a name at the limit once it is trimmed and joined", named(" " + strings.Repeat("e\u0301", 100)), ""},
		{"a name in other letters", named("журнал-日本"), ""},
		{"a name that begins with a digit", named("0"), ""},
		{"a name that begins with a dot", named(".well-known"), "name"},
		{"a name of two dots", named(".."), "name"},
		{"a name that begins with a hyphen", named("-rf"), "name"},
		{"a name with a space", named("web logs"), "name"},
		{"a name with a slash", named("web/logs"), "name"},
		{"a name with a percent sign", named("web%2flogs"), "name"},
		{"a name with a question mark", named("web?"), "name"},
		{"a name with a colon", named("web:logs"), "name"},
		{"a name with a line break", named("web\nlogs"), "name"},
		{"a name with a right-to-left override", named("web\u202elogs"), "name"},
		{"a name with a zero width space", named("web\u200blogs"), "name"},
		{"a name with a joiner", named("web\u200dlogs"), "name"},
		{"a name with a Hangul filler", named("web\u3164logs"), "name"},
		{"a name with a combining grapheme joiner", named("web\u034flogs"), "name"},
		{"a name with a NUL", named("web\x00"), "name"},
		{"a name of invalid UTF-8", named("web\xff"), "name"},
		{"the name of a page", named("new"), "name"},
		{"the name of a page in capitals", named("NEW"), "name"},
		{"the name of a page in full width", named("ｎｅｗ"), "name"},
		{"almost the name of a page", named("news"), ""},
		{"no kind", console.NewRepository{Name: "web"}, "kind"},
		{"an unknown kind", console.NewRepository{Name: "web", Kind: "folder"}, "kind"},
		{"a description at the limit", described(strings.Repeat("日", 500)), ""},
		{"a description a character over the limit", described(strings.Repeat("x", 501)), "description"},
		{"a description of lines", described("a\r\nb\tc"), ""},
		{"a description with a NUL", described("a\x00b"), "description"},
		{"a description with a right-to-left override", described("a\u202eb"), "description"},
		{"a description of invalid UTF-8", described("a\xff"), "description"},
		{"a repository that reads from another", console.NewRepository{Name: "web", Kind: console.KindRepository, Connections: connections(1)}, "connections"},
		{"a repository with an empty row for one", console.NewRepository{Name: "web", Kind: console.KindRepository, Connections: []console.NewConnection{{}}}, ""},
		{"a view of one", view(connections(1)...), ""},
		{"a view of none", view(), "connections"},
		{"a view of empty rows", view(console.NewConnection{Repository: " "}), "connections"},
		{"a view at the limit", view(connections(100)...), ""},
		{"a view of one too many", view(connections(101)...), "connections"},
		{"a view with a filter and nothing to filter", view(reading("", "error")), "connections"},
		{"a view of the same twice", view(reading("web", "*"), reading("web", "error")), "connections"},
		{"a view of the same twice in another case", view(reading("web", "*"), reading("WEB", "error")), "connections"},
		{"a view of the same twice, first in another case", view(reading("WEB", "*"), reading("web", "error")), "connections"},
		{"a view of the same twice, decomposed", view(reading("café", "*"), reading("cafe\u0301", "error")), "connections"},
		{"a filter at the limit", view(reading("web", strings.Repeat("é", 1000))), ""},
		{"a filter a character over the limit", view(reading("web", strings.Repeat("x", 1001))), "connections"},
		{"a filter of two lines", view(reading("web", "a\n| b")), ""},
		{"a filter with a NUL", view(reading("web", "a\x00")), "connections"},
		{"a filter of invalid UTF-8", view(reading("web", "a\xff")), "connections"},
	} {
		var want []string
		if test.field != "" {
			want = []string{test.field}
		}
		if got := fieldsOf(t, test.given.Clean().Validate()); !slices.Equal(got, want) {
			t.Errorf("%s: complaints about %q, want %q", test.name, got, want)
		}
	}
	if got := fieldsOf(t, (console.NewRepository{}).Validate()); !slices.Equal(got, []string{"kind", "name"}) {
		t.Errorf("everything that is wrong with nothing: %q", got)
	}
}

func TestNewRepositoryClean(t *testing.T) {
	got := console.NewRepository{
		Name: " Cafe\u0301 ", Description: "a\r\nb ",
		Connections: []console.NewConnection{{" web ", ""}, {"", ""}, {"api", " error\r\n| x "}, {"", "left over"}},
	}.Clean()
	if got.Name != "Café" || got.Description != "a\nb" {
		t.Errorf("the texts are %q and %q", got.Name, got.Description)
	}
	want := []console.NewConnection{{"web", "*"}, {"api", "error\n| x"}, {"", "left over"}}
	if !slices.Equal(got.Connections, want) {
		t.Errorf("the connections are %q, want %q", got.Connections, want)
	}
}

func TestNewUser(t *testing.T) {
	person := func(change func(*console.NewUser)) console.NewUser {
		n := console.NewUser{Email: "ann@example.com", Name: "Ann", Password: "correct horse battery", Role: console.RoleOwner}
		change(&n)
		return n
	}
	email := func(text string) console.NewUser { return person(func(n *console.NewUser) { n.Email = text }) }
	name := func(text string) console.NewUser { return person(func(n *console.NewUser) { n.Name = text }) }
	password := func(text string) console.NewUser { return person(func(n *console.NewUser) { n.Password = text }) }
	role := func(r console.Role) console.NewUser { return person(func(n *console.NewUser) { n.Role = r }) }
	longest := strings.Repeat("x", 64) + "@" + strings.Repeat("y", 63) + "." + strings.Repeat("z", 63) + "." + strings.Repeat("w", 57) + ".com"
	for _, test := range []struct {
		name  string
		given console.NewUser
		field string
	}{
		{"as it is", person(func(*console.NewUser) {}), ""},
		{"no address", email(""), "email"},
		{"an address with spaces around it", email(" ann@example.com\t"), ""},
		{"an address in other letters", email("ünal@пример.рф"), ""},
		{"an address without a host", email("ann@"), "email"},
		{"an address without a person", email("@example.com"), "email"},
		{"an address without an at sign", email("ann.example.com"), "email"},
		{"an address with two at signs", email("ann@b@example.com"), "email"},
		{"an address with a space", email("an n@example.com"), "email"},
		{"an address with a name", email("Ann <ann@example.com>"), "email"},
		{"an address in angle brackets", email("<ann@example.com>"), "email"},
		{"two addresses", email("ann@example.com, bob@example.com"), "email"},
		{"an address with a comment", email("ann@example.com (Ann)"), "email"},
		{"an address with a line break", email("ann@example.com\nBcc: bob@example.com"), "email"},
		{"an address with a NUL", email("ann\x00@example.com"), "email"},
		{"an address with a zero width space", email("ann\u200b@example.com"), "email"},
		{"an address with a right-to-left override", email("ann\u202e@example.com"), "email"},
		{"an address of invalid UTF-8", email("ann\xff@example.com"), "email"},
		{"an address at the limit", email(longest), ""},
		{"an address a byte over the limit", email("x" + longest), "email"},
		{"no name, which the address has", name(""), ""},
		{"a name at the limit", name(strings.Repeat("é", 100)), ""},
		{"a name a character over the limit", name(strings.Repeat("x", 101)), "name"},
		{"a name of two lines", name("Ann\nOwner"), "name"},
		{"a name with a right-to-left override", name("Ann\u202e"), "name"},
		{"a name with a zero width space", name("Ann\u200b"), "name"},
		{"a name with a NUL", name("Ann\x00"), "name"},
		{"a name of invalid UTF-8", name("Ann\xff"), "name"},
		{"no password", password(""), "password"},
		{"a password a character under the minimum", password("elevenchars"), "password"},
		{"a password at the minimum", password("twelve chars"), ""},
		{"a password at the minimum in bytes only", password("пароль"), "password"},
		{"a password at the minimum in other letters", password("пароль парол"), ""},
		{"a password at the limit", password(strings.Repeat("é", 1024)), ""},
		{"a password a character over the limit", password(strings.Repeat("x", 1025)), "password"},
		{"a password of invalid UTF-8", password("correct horse\xff"), "password"},
		{"a password with spaces around it", password(" correct horse "), ""},
		{"no role", role(""), "role"},
		{"an unknown role", role("root"), "role"},
		{"a role in capitals", role("OWNER"), "role"},
		{"the least role", role(console.RoleMember), ""},
	} {
		var want []string
		if test.field != "" {
			want = []string{test.field}
		}
		if got := fieldsOf(t, test.given.Clean().Validate()); !slices.Equal(got, want) {
			t.Errorf("%s: complaints about %q, want %q", test.name, got, want)
		}
	}
	if got := fieldsOf(t, (console.NewUser{}).Clean().Validate()); !slices.Equal(got, []string{"email", "password", "role"}) {
		t.Errorf("everything that is wrong with nobody: %q", got)
	}
	got := console.NewUser{Email: " Ann@Example.com ", Password: " correct horse "}.Clean()
	if got.Email != "Ann@Example.com" || got.Name != "Ann" || got.Password != " correct horse " {
		t.Errorf("cleaned: %+v", got)
	}
}
