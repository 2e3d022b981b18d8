//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/oidc/oidctest"
	"latchkey/internal/store/storetest"
)

// TestSingleSignOn is somebody who signs in at a real provider, in a real
// browser, under the real policy for forms and redirects.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	op := oidctest.StartOP(t, &oidctest.Person{
		Subject: "jane-1", Email: "jane.doe@northwind.example", Verified: true, Name: "Jane Doe", Groups: []string{"payments"},
	})
	file := filepath.Join(folder, "sso.json")
	text := fmt.Sprintf(`{"providers": [{
		"id": "northwind", "label": "Northwind SSO", "issuer": %q, "client_id": %q, "client_secret": %q, "create": true,
		"mapping": {"payments": {"role": "member", "repositories": {"payments-events": "manager"}, "scopes": ["ReadAccess", "QueryDashboard"]},
			"platform-admins": {"role": "administrator"}, "audit": {"role": "auditor", "repositories": {"archive": "viewer"}}}
	}]}`, op.URL, oidctest.ClientID, oidctest.ClientSecret)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	program := start(t, folder, storetest.SQLite(t), map[string]string{"LATCHKEY_OIDC_FILE": file, "LATCHKEY_ORGANIZATION": "Northwind Systems"})
	op.Register(program.base, "northwind")

	owner := NewPage(t, program.base)
	owner.SetViewport(1440, 900)
	setUp(owner, program)
	createRepository(owner, "payments-events")
	owner.Open("/people/single-sign-on")
	owner.WantText("#provider-northwind", "Answers")
	owner.WantText("#provider-northwind", "archive")
	pictures(owner, "sso-providers")

	for _, script := range []bool{true, false} {
		p := NewPage(t, program.base)
		p.SetViewport(1440, 900)
		p.JavaScript(script)
		p.Allow("favicon")
		p.Open("/repositories/payments-events/settings/tokens?status=all")
		p.WaitFor(`a:has-text("Continue with Northwind SSO")`)
		if script {
			pictures(p, "sso-login")
		}
		p.Click(`a:has-text("Continue with Northwind SSO")`)
		p.WaitFor("#username")
		p.Fill("#username", "jane-1")
		p.Fill("#password", oidctest.Password)
		p.Click("button[type=submit]")
		p.WaitFor("#new-token")
		if !strings.HasSuffix(p.URL(), "/repositories/payments-events/settings/tokens?status=all") {
			t.Errorf("signing in leads to %s", p.URL())
		}
		p.WantText(".me", "Jane Doe")
		p.Axe()
	}

	owner.Open("/audit")
	owner.WantText("#audit-log", "Northwind SSO made an account for Jane Doe")
	owner.Click("summary:has-text(\"Jane Doe\")")
	jane := Eval[string](owner, `new URL(document.querySelector('a[href*="actor="], a[href*="target="]').href).searchParams.get('target') ||
		new URL(document.querySelector('a[href*="actor="]').href).searchParams.get('actor')`)
	owner.Open("/people/" + jane + "/identities")
	owner.WantText("#identities", "Northwind SSO")
	pictures(owner, "sso-identities")
	owner.Click(`#identities a:has-text("Unlink")`)
	owner.WaitFor(`dialog[open] button:has-text("Unlink")`)
	owner.Axe()
	owner.Click(`dialog button:has-text("Unlink")`)
	owner.WantText("#identities", "linked to no provider")
}

// pictures looks at the page in both themes and at both widths.
func pictures(p *Page, name string) {
	for _, width := range []int{390, 1440} {
		for _, dark := range []bool{true, false} {
			p.SetViewport(width, 900)
			p.SetDark(dark)
			p.Shot(fmt.Sprintf("%s-%d-%v", name, width, dark))
			if over := Eval[int](p, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
				p.t.Errorf("%s at %d is %d pixels too wide", name, width, over)
			}
		}
	}
	p.Axe()
}
