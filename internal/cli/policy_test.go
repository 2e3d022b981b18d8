package cli

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

func (m *machine) policy(t console.Type) policyJSON {
	m.t.Helper()
	for _, line := range lines[policyJSON](m.t, m.must("policy", "list", "--json")) {
		if line.Type == t {
			return line
		}
	}
	m.t.Fatalf("no policy for %s", t)
	return policyJSON{}
}

func TestPoliciesAreEdited(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		same := func(what string, want policyJSON) {
			t.Helper()
			if got := m.policy(want.Type); got != want {
				t.Errorf("%s: %+v, want %+v", what, got, want)
			}
		}
		want := policyJSON{Type: console.TypeRepository, Allowed: true}
		same("at first", want)
		guid := m.token("for-ever", "--scope", "ReadAccess")
		m.refused(2, []string{"--confirm: Confirm that 1 token", guid + "  for-ever"}, "policy", "edit", "repository", "--maximum-lifetime", "90d")
		same("unconfirmed", want)
		m.must("policy", "edit", "repository", "--maximum-lifetime", "90d", "--permissions-fixed", "--confirm")
		want.MaximumDays, want.PermissionsFixed, want.Version = 90, true, 1
		same("confirmed", want)
		m.refused(2, []string{"--valid-to: ", "90 days"}, "token", "create", "--name", "x", "--scope", "ReadAccess", "--repository", "web-logs", "--valid-to", "91d")
		m.refused(2, []string{"--valid-to: ", "90 days"}, "token", "create", "--name", "x", "--scope", "ReadAccess", "--repository", "web-logs")
		short := m.token("short", "--scope", "ReadAccess", "--valid-to", "90d")
		m.refused(2, []string{"--valid-to: "}, "token", "edit", short, "--valid-to", "none")
		m.refused(2, []string{"--scope: "}, "token", "edit", short, "--add-scope", "ChangeFiles")
		m.must("token", "edit", guid, "--description", "stays")
		m.must("policy", "edit", "repository", "--maximum-lifetime=none", "--permissions-fixed=false", "--ip-filter-required=false", "--allowed", "--version", "1")
		want.MaximumDays, want.PermissionsFixed, want.Version = 0, false, 2
		same("loosened", want)
		m.must("policy", "edit", "system", "--allowed=false", "--ip-filter-required")
		same("not allowed", policyJSON{Type: console.TypeSystem, IPFilterRequired: true, Version: 1})
		m.refused(2, []string{"--type: ", "allows no new tokens"}, "token", "create", "--name", "x", "--scope", "ReadHealthCheck", "--type", "system")
		for _, line := range []string{
			`(?m)^TYPE +ALLOWED +MAXIMUM LIFETIME +IP FILTER REQUIRED +PERMISSIONS FIXED +VERSION$`,
			`(?m)^repository +yes +none +no +no +2$`, `(?m)^system +no +none +yes +no +1$`, `(?m)^dashboard_link +yes +none +no +no +0$`,
		} {
			if out := m.must("policy", "list"); !regexp.MustCompile(line).MatchString(out) {
				t.Errorf("no %s in\n%s", line, out)
			}
		}
		if out := m.must("audit", "list", "--action", "policy.edited", "--json"); strings.Count(out, "\n") != 3 {
			t.Errorf("recorded is %s", out)
		}
	})
}

func TestPoliciesRefuse(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.refused(2, []string{"Say what to change"}, "policy", "edit", "system")
		for _, days := range []string{"", "0", "0d", "-1d", "3651d", "90h", "1y", "forever"} {
			m.refused(2, []string{"--maximum-lifetime"}, "policy", "edit", "system", "--maximum-lifetime="+days)
		}
		m.refused(3, []string{"no type of token “odd”"}, "policy", "edit", "odd", "--allowed")
		m.refused(6, []string{"changed this policy "}, "policy", "edit", "system", "--allowed=false", "--version", "7")
	})
}
