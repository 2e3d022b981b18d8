//go:build e2e

package e2e

import (
	"database/sql"
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	_ "github.com/ncruces/go-sqlite3/driver"

	"latchkey/internal/factor"
)

// onLocalhost is the program under the name that passkeys work with, and a tab
// with a device that holds them.
func onLocalhost(t *testing.T) (*program, *Page) {
	t.Parallel()
	folder := t.TempDir()
	program := start(t, folder, "sqlite:"+folder+"/latchkey.db")
	program.base = strings.Replace(program.base, "127.0.0.1", "localhost", 1)
	program.setup = strings.Replace(program.setup, "127.0.0.1", "localhost", 1)
	p := NewPage(t, program.base)
	if err := call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	yes := true
	device := webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: yes, HasUserVerification: yes, IsUserVerified: yes, AutomaticPresenceSimulation: yes,
	}}
	if err := call(p.ctx, webauthn.AddVirtualAuthenticator, device); err != nil {
		t.Fatal(err)
	}
	return program, p
}

// forgetProofs makes all proofs stale.
func forgetProofs(t *testing.T, program *program) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+program.folder+"/latchkey.db?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `UPDATE sessions SET proved_at = 0`); err != nil {
		t.Fatal(err)
	}
}

func signOut(p *Page) {
	p.Open("/account")
	p.Click(".me")
	p.Click("button:has-text(\"Sign out\")")
	p.WaitFor("#login-form")
}

func signInWithPassword(p *Page, path string) {
	p.Open(path)
	p.Fill("[name=email]", ownerEmail)
	p.Fill("[name=password]", ownerPassword)
	p.Click("button:has-text(\"Sign in\")")
}

// TestPasskeys adds one, signs in with it, and confirms with it what is risky.
func TestPasskeys(t *testing.T) {
	program, p := onLocalhost(t)
	setUp(p, program)
	createRepository(p, "payments-events")
	p.Click(".me")
	p.Click("a:has-text(\"Your account\")")
	p.WaitFor("h1:has-text(\"Your account\")")
	p.Click("#new-passkey")
	p.Fill("[name=name]", "Laptop")
	p.Click("[data-passkey]")
	p.WaitFor("#f-codes")
	if codes := strings.Fields(p.Value("#f-codes")); len(codes) != 10 {
		t.Errorf("there are %d recovery codes", len(codes))
	}
	p.Click("[data-ack]")
	p.Click("[data-done]")
	p.WaitFor("#factors .nm:has-text(\"Laptop\")")

	signOut(p)
	signInWithPassword(p, "/repositories/payments-events/settings/tokens")
	p.WaitFor("h1:has-text(\"One more step\")")
	p.Click("[data-passkey]")
	p.WaitFor("#new-token")

	forgetProofs(t, program)
	p.Click("#new-token")
	p.Fill("dialog [name=name]", "event-eraser")
	p.Click("dialog input[value=DeleteEvents]")
	p.Click("dialog [data-save]")
	p.WaitFor("#proof-password")
	if got := p.Value("dialog #f-name"); got != "event-eraser" {
		t.Errorf("the form below has the name %q", got)
	}
	p.Axe()
	p.Shot("proof.light")
	p.Click("dialog:has(#proof-form) [data-close]")
	p.WaitGone("#proof-password")
	if !Eval[bool](p, `document.activeElement.closest("dialog[open]") !== null`) {
		t.Error("the dialog below has lost the focus")
	}
	p.Click("dialog [data-save]")
	p.WaitFor("#proof-password")
	p.Fill("#proof-password", "wrong")
	p.Click("#proof-form [data-save]")
	p.WaitFor("#proof-form [role=alert]:has-text(\"That isn’t right\")")
	p.Click("#proof-form [data-passkey]")
	p.WaitFor("dialog[open] [data-secret-copy]")
	p.WaitGone("#proof-password")
	p.Click("[data-ack]")
	p.Click("[data-done]")
	p.WaitFor("#token-list a:has-text(\"event-eraser\")")
	p.Allow("403")
}

// TestProofWithoutJavaScript confirms on a page, and loses nothing.
func TestProofWithoutJavaScript(t *testing.T) {
	program, p := onLocalhost(t)
	setUp(p, program)
	createRepository(p, "payments-events")
	forgetProofs(t, program)
	p.JavaScript(false)
	p.Allow("403")
	p.Open("/repositories/payments-events/settings/tokens/new")
	p.Fill("[name=name]", "event-eraser")
	p.Click("input[value=DeleteEvents]")
	p.Click("[data-save]")
	p.WaitFor("#proof-password")
	p.Fill("#proof-password", ownerPassword)
	p.Click("#proof-form button:has-text(\"Confirm\")")
	p.WaitFor("#secret")
	p.WaitFor("h2:has-text(\"event-eraser\")")
}

// TestAccountScreens shows the pages of the account, light and dark, wide and
// narrow, to axe and to whoever looks at the pictures.
func TestAccountScreens(t *testing.T) {
	program, p := onLocalhost(t)
	setUp(p, program)
	p.Open("/account")
	p.Click("button:has-text(\"Set up an authenticator app\")")
	p.WaitFor(".qr")
	look(p, screen{name: "account-codes", path: "/account/codes"})
	p.Open("/account/codes")
	seed := plainSeed(t, p.Value("#f-seed"))
	code, err := factor.Code(seed, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p.Fill("[name=code]", code[:3]+" "+code[3:])
	p.Click("[data-save]")
	p.WaitFor("#f-codes")
	p.Axe()
	p.Shot("account-recovery")
	p.Click("[data-ack]")
	p.Click("[data-done]")
	p.WaitFor("#recovery")
	look(p, screen{name: "account", path: "/account"})
	look(p, screen{name: "account-passkey", path: "/account/passkeys/new"})
	look(p, screen{name: "account-recovery-question", path: "/account/recovery-codes"})
	look(p, screen{name: "account-removal", path: "/account", open: clicks("[aria-label=\"Remove Authenticator app\"]", "dialog[open]")})
	look(p, screen{name: "account-rename", path: "/account", open: clicks("[aria-label=\"Rename Authenticator app\"]", "dialog[open]")})
	p.SetViewport(1440, 900)
	signOut(p)
	signInWithPassword(p, "/login")
	p.WaitFor("h1:has-text(\"One more step\")")
	look(p, screen{name: "second-factor", path: "/login/second-factor"})
}

// plainSeed reads the key of one-time codes as it is shown.
func plainSeed(t *testing.T, shown string) []byte {
	t.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(shown, " ", ""))
	if err != nil {
		t.Fatalf("the key %q: %v", shown, err)
	}
	return seed
}
