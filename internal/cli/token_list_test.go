package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store/storetest"
)

// as runs do over an open service as the person with an address.
func (m *machine) as(email string, do func(*service.Service, console.Principal) error) {
	m.t.Helper()
	p := &program{as: email, stderr: &plainWriter{to: new(bytes.Buffer)}, settings: new(config.Settings), getenv: func(name string) string { return m.env[name] }}
	if err := p.withService(m.t.Context(), do); err != nil {
		m.t.Fatal(err)
	}
}

// names are the names of the tokens that a list with these flags has, with commas.
func (m *machine) names(flags ...string) string {
	m.t.Helper()
	var all []string
	for _, token := range lines[tokenJSON](m.t, m.must(append([]string{"token", "list", "--json"}, flags...)...)) {
		all = append(all, token.Name)
	}
	return strings.Join(all, ",")
}

// TestTokensAreListedInEveryOrder that the table of the console has, both ways.
func TestTokensAreListedInEveryOrder(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.token("b", "--valid-to", "30d")
		m.token("a", "--valid-to", "10d")
		guid := m.token("c", "--valid-from", "2990-01-01", "--valid-to", "2990-02-01")
		for key, want := range map[string]string{"": "a,b,c", "name": "a,b,c", "active": "b,a,c", "expires": "a,b,c", "starts": "b,a,c", "created": "b,a,c"} {
			flags := []string{}
			if key != "" {
				flags = []string{"--sort", key}
			}
			other := "desc"
			if key == "active" {
				other = "asc"
			}
			if got := m.names(flags...); got != want {
				t.Errorf("by %q they are %s, want %s", key, got, want)
			}
			back := strings.Split(want, ",")
			slices.Reverse(back)
			if got := m.names(append(flags, "--dir", other)...); got != strings.Join(back, ",") {
				t.Errorf("by %q %s they are %s, want %v", key, other, got, back)
			}
		}
		if up, down := m.names("--sort", "used", "--dir", "asc"), m.names("--sort", "used"); up == down || len(up) != len(down) {
			t.Errorf("by use they are %s and %s", up, down)
		}
		if out := m.must("token", "export", "--format", "csv", "--sort", "expires", "--dir", "desc"); strings.Index(out, "\nc,") > strings.Index(out, "\nb,") {
			t.Errorf("exported is\n%s", out)
		}
		if got := m.names("--expires-within", "15d"); got != "a" {
			t.Errorf("within 15 days end %s", got)
		}
		if got := m.names("--guid", strings.ToUpper(guid[4:13])); got != "c" {
			t.Errorf("that GUID has %s", got)
		}
		m.refused(2, []string{"--sort: Choose one of name, active", "--dir: ", "--guid: ", "--expires-within: ", "--status: "},
			"token", "list", "--sort", "size", "--dir", "up", "--guid", "x", "--expires-within", "soon", "--status", "odd")
	})
}

// TestAViewOnTheCommandLine lists what its page lists, in its order, but for what
// is said otherwise.
func TestAViewOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.token("ci one", "--valid-to", "30d")
		m.token("ci two", "--valid-to", "10d")
		m.token("other", "--valid-to", "5d")
		m.must("token", "disable", m.token("ci paused"))
		m.stdin = goodPassword
		m.must("user", "add", "--email", "tom@example.com", "--role", "auditor", "--password-stdin")
		var shared console.View
		m.as("jane@example.com", func(svc *service.Service, jane console.Principal) (err error) {
			for _, v := range []console.View{
				{Place: console.ViewOfAll, Name: "Mine", Query: "q=ci&status=active&sort=expires"},
				{Place: console.ViewOfAll, Name: "Gone", Query: "repository=nowhere&scope=NoSuchScope"},
				{Place: console.ViewOfRepository, Name: "Here", Query: "sort=expires&dir=desc"},
				{Place: console.ViewOfAll, Name: "Shared", Query: "q=ci&sort=created&dir=desc", Shared: true},
			} {
				if shared, err = svc.CreateView(t.Context(), jane, v); err != nil {
					return err
				}
			}
			return nil
		})
		m.as("tom@example.com", func(svc *service.Service, tom console.Principal) error {
			_, err := svc.CreateView(t.Context(), tom, console.View{Place: console.ViewOfAll, Name: "mine", Query: "q=other"})
			return err
		})
		jane := []string{"--as", "jane@example.com"}
		for _, test := range []struct {
			flags []string
			want  string
		}{
			{append(jane, "--view", "MINE"), "ci two,ci one"},
			{append(jane, "--view", "Mine", "--dir", "desc"), "ci one,ci two"},
			{append(jane, "--view", "Mine", "--sort", "name"), "ci one,ci two"},
			{append(jane, "--view", "Mine", "--status", "all", "--sort", "name"), "ci one,ci paused,ci two"},
			{append(jane, "--view", "Mine", "--name", "other"), "other"},
			{append(jane, "--view", "Here", "--repository", "web-logs"), "ci one,ci two,other"},
			{[]string{"--as", "tom@example.com", "--view", "Mine"}, "other"},
			{[]string{"--view", "shared"}, "ci paused,ci two,ci one"},
		} {
			if got := m.names(test.flags...); got != test.want {
				t.Errorf("%q lists %s, want %s", test.flags, got, test.want)
			}
		}
		if out := m.must("--as", "jane@example.com", "token", "export", "--format", "csv", "--view", "Mine"); strings.Count(out, "\n") != 3 {
			t.Errorf("exported is\n%s", out)
		}
		if out := m.must("bulk", "revoke", "--view", shared.Name, "--dry-run"); !strings.HasPrefix(out, "3 tokens would change.") {
			t.Errorf("a dry run says %q", out)
		}
		m.refused(3, []string{"There is no view “Mine” of this list"}, "token", "list", "--view", "Mine")
		m.refused(3, []string{"There is no view “Here” of this list"}, append(jane, "token", "list", "--view", "Here")...)
		m.refused(2, []string{"There is no repository “nowhere”.", "There is no scope “NoSuchScope”"}, append(jane, "token", "list", "--view", "Gone")...)
	})
}
