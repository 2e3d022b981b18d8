package cli

import (
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// TestAssetsOnTheCommandLine registers, links, gives rights and takes all away.
func TestAssetsOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.must("asset", "create", "hosts.csv", "--repository", "web-logs", "--type", "File", "--resource", "hosts")
		m.must("asset", "create", "Errors", "--repository", "web-logs")
		m.refused(6, []string{"already has one of that type"}, "asset", "create", "ERRORS", "--repository", "web-logs")
		m.refused(3, []string{"no repository"}, "asset", "list", "--repository", "no-logs")
		assets := lines[assetJSON](t, m.must("asset", "list", "--repository", "web-logs", "--json"))
		if len(assets) != 2 || assets[0].Name != "Errors" || assets[0].Type != console.AssetDashboard || assets[1].Resource != "hosts" {
			t.Fatalf("listed are %+v", assets)
		}
		dashboard := string(assets[0].GUID)
		m.must("asset", "edit", dashboard, "--name", "Failures")
		if out := m.must("asset", "list", "--repository", "web-logs", "--type", "Dashboard"); !strings.Contains(out, "Failures") || strings.Contains(out, "hosts") {
			t.Errorf("the dashboards are %s", out)
		}

		m.must("token", "create", "--name", "exporter", "--scope", "ReadAccess", "--repository", "web-logs", "--asset", "hosts=UpdateAsset")
		m.refused(2, []string{"nothing with the identifier"}, "token", "create", "--name", "other", "--scope", "ReadAccess", "--repository", "web-logs", "--asset", "none=UpdateAsset")
		text := strings.TrimSpace(m.must("dashboard", "link", dashboard, "--name", "wall", "--ownership", "Organization"))
		if out := m.must("dashboard", "links", dashboard); !strings.Contains(out, "wall") || !strings.Contains(out, "Organization") || strings.Contains(out, text) {
			t.Errorf("the links are %s", out)
		}
		m.must("dashboard", "unlink", dashboard, text)
		m.refused(3, []string{"no such link"}, "dashboard", "unlink", dashboard, text)
		m.must("asset", "delete", dashboard)
		m.refused(3, []string{noSuchAsset}, "asset", "edit", dashboard, "--name", "again")
	})
}

// TestPersonalTokensOnTheCommandLine makes and ends one for whom --as names.
func TestPersonalTokensOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.must("user", "invite", "--email", "pat@example.com", "--role", "member")
		m.refused(2, []string{"--as"}, "personal", "create")
		as := []string{"--as", "pat@example.com", "personal"}
		m.refused(3, []string{noPersonalToken}, append(as, "rotate")...)
		first := strings.TrimSpace(m.must(append(as, "create", "--valid-to", "30d")...))
		second := strings.TrimSpace(m.must(append(as, "rotate")...))
		if first == second || first[:console.GUIDLength] != second[:console.GUIDLength] {
			t.Errorf("rotating %q gives %q", first, second)
		}
		if out := m.must(append(as, "show")...); !strings.Contains(out, first[:console.GUIDLength]+", active until") {
			t.Errorf("it is shown as %s", out)
		}
		m.must(append(as, "revoke")...)
		m.refused(3, []string{noPersonalToken}, append(as, "show")...)
	})
}
