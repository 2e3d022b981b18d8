package cli

import (
	"regexp"
	"slices"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// scope is one line of the catalogue.
func (m *machine) scope(name string) scopeJSON {
	m.t.Helper()
	all := lines[scopeJSON](m.t, m.must("scope", "list", "--json"))
	i := slices.IndexFunc(all, func(s scopeJSON) bool { return s.Name == name })
	if i < 0 {
		m.t.Fatalf("no scope %s", name)
	}
	return all[i]
}

func TestTheCatalogueGrows(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		if got := len(lines[scopeJSON](t, m.must("scope", "list", "--json"))); got != len(console.BuiltIn().All()) {
			t.Errorf("it begins with %d scopes, want %d", got, len(console.BuiltIn().All()))
		}
		m.must("scope", "create", "billing:read", "--label", "Read invoices", "--group", "Billing", "--risk", "high", "--type", "system", "--type", "repository")
		want := scopeJSON{Name: "billing:read", Label: "Read invoices", Group: "Billing", Types: []console.Type{console.TypeRepository, console.TypeSystem}, Risk: console.RiskHigh, Own: true, Version: 1}
		same := func(what string) {
			t.Helper()
			got := m.scope("billing:read")
			if !slices.Equal(got.Types, want.Types) {
				t.Errorf("%s: types %v, want %v", what, got.Types, want.Types)
			}
			types := want.Types
			got.Types, want.Types = nil, nil
			if got.Name != want.Name || got.Label != want.Label || got.Group != want.Group || got.Risk != want.Risk || got.Own != want.Own ||
				got.Retired != want.Retired || got.Tokens != want.Tokens || got.Version != want.Version {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
			want.Types = types
		}
		same("created")
		guid := m.token("ci", "--scope", "billing:read")
		want.Tokens = 1
		same("given")
		m.must("scope", "edit", "billing:read", "--label", "Read all invoices", "--risk", "none")
		want.Label, want.Risk, want.Version = "Read all invoices", console.RiskNone, 2
		same("edited")
		m.must("scope", "edit", "billing:read", "--type", "repository", "--group", "Money", "--version", "2")
		want.Types, want.Group, want.Version = []console.Type{console.TypeRepository}, "Money", 3
		same("edited again")
		for range 2 {
			m.must("scope", "retire", "billing:read")
		}
		want.Retired, want.Version = true, 4
		same("retired")
		m.refused(2, []string{"--scope: "}, "token", "create", "--name", "other", "--scope", "billing:read", "--repository", "web-logs")
		m.must("token", "edit", guid, "--name", "ci deploy")
		for range 2 {
			m.must("scope", "reinstate", "billing:read")
		}
		want.Retired, want.Version = false, 5
		same("reinstated")
		m.token("other", "--scope", "billing:read")
		m.must("scope", "retire", "ReadAccess")
		for _, line := range []string{
			`(?m)^NAME +GROUP +TYPES +RISK +RETIRED +TOKENS +LABEL$`,
			`(?m)^billing:read +Money +repository +- +- +2 +Read all invoices$`,
			`(?m)^ReadAccess +Data access +repository +- +retired +2 +Data read access$`,
			`(?m)^DeleteEvents +Data management +repository +high +- +0 +Delete events$`,
		} {
			if out := m.must("scope", "list"); !regexp.MustCompile(line).MatchString(out) {
				t.Errorf("no %s in\n%s", line, out)
			}
		}
		var actions []console.Action
		for _, event := range lines[console.AuditLine](t, m.must("audit", "list", "--text", "billing:read", "--json")) {
			actions = append(actions, event.Action)
		}
		if !slices.Equal(actions, []console.Action{console.ScopeReinstated, console.ScopeRetired, console.ScopeEdited, console.ScopeEdited, console.ScopeCreated}) {
			t.Errorf("the audit log has %v", actions)
		}
	})
}

func TestTheCatalogueRefuses(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("scope", "create", "billing:read", "--label", "Read invoices", "--type", "repository")
		m.refused(2, []string{"--label", "--type"}, "scope", "create", "billing:write")
		m.refused(2, []string{"  NAME: ", "--label: ", "--risk: ", "--type: ", "--group: "},
			"scope", "create", "Billing", "--label", "", "--risk", "odd", "--type", "personal", "--group", "a\u202eb")
		m.refused(6, []string{"already a scope"}, "scope", "create", "billing:read", "--label", "x", "--type", "system")
		m.refused(2, []string{"Say what to change"}, "scope", "edit", "billing:read")
		m.refused(2, []string{"--label: "}, "scope", "edit", "billing:read", "--label", "")
		m.refused(2, []string{"--risk: "}, "scope", "edit", "billing:read", "--risk", "odd")
		m.refused(2, []string{"--type: "}, "scope", "edit", "billing:read", "--type", "odd")
		m.refused(6, []string{"changed this scope "}, "scope", "edit", "billing:read", "--label", "x", "--version", "7")
		m.refused(6, []string{"belongs to the catalogue"}, "scope", "edit", "ReadAccess", "--label", "x")
		for _, args := range [][]string{{"edit", "--label", "x"}, {"retire"}, {"reinstate"}} {
			m.refused(3, []string{"no scope “nothing:here”"}, append([]string{"scope", args[0], "nothing:here"}, args[1:]...)...)
		}
		if got := m.scope("billing:read"); got.Version != 1 || got.Group != "Own" || got.Label != "Read invoices" {
			t.Errorf("it became %+v", got)
		}
	})
}
