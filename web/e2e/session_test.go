//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func signInAgain(p *Page) {
	p.t.Helper()
	if !Eval[bool](p, strings.NewReplacer("EMAIL", ownerEmail, "PASSWORD", ownerPassword).Replace(signInElsewhere)) {
		p.t.Error("signing in again does not work")
	}
}

// endSession signs out as another tab would.
const endSession = `fetch("/logout", {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: "csrf=" + document.querySelector("[name=csrf]").value}).then(r => r.ok)`

// signInElsewhere signs in as another tab would, which the page then comes back from.
const signInElsewhere = `fetch("/login").then(r => r.text()).then(text => {
	const csrf = new DOMParser().parseFromString(text, "text/html").querySelector("[name=csrf]").value;
	return fetch("/login", {method: "POST", body: new URLSearchParams({csrf, email: "EMAIL", password: "PASSWORD"})});
}).then(r => { dispatchEvent(new Event("focus")); return r.ok; })`

// TestTheFormOutlivesTheSession types into a form, signs out and in again in
// another tab, and saves.
func TestTheFormOutlivesTheSession(t *testing.T) {
	p, _ := signedIn(t)
	p.Allow("401")
	p.Open(repositoryTokens)
	p.Click("#new-token")
	p.WaitFor("dialog[open]")
	p.Fill("#f-name", "typed-for-minutes")
	p.Click("input[value=ReadAccess]")
	Eval[bool](p, endSession)
	p.Click("dialog [data-save]")
	p.WaitFor("#session-over .toast")
	if got := p.Value("#f-name"); got != "typed-for-minutes" {
		t.Errorf("the form holds %q", got)
	}
	p.Shot("session-over")
	signInAgain(p)
	p.WaitGone("#session-over .toast")
	p.Click("dialog [data-save]")
	p.WaitFor("#f-guid-err:not([hidden])")
	p.Click("dialog [data-save]")
	p.WaitFor("[data-secret-copy]")
}

// TestTheFormOutlivesItsSessionUnnoticed: who signed in again in another tab
// before they saved loses nothing either.
func TestTheFormOutlivesItsSessionUnnoticed(t *testing.T) {
	p, _ := signedIn(t)
	p.Allow("403")
	p.Open(repositoryTokens)
	p.Click("#new-token")
	p.WaitFor("dialog[open]")
	p.Fill("#f-name", "typed-for-minutes")
	p.Click("input[value=ReadAccess]")
	Eval[bool](p, endSession)
	signInAgain(p)
	p.Click("dialog [data-save]")
	p.WantText("#live", "You are signed in again. What you typed can be saved now.")
	p.WaitGone("#session-over .toast")
	if got := p.Value("#f-name"); got != "typed-for-minutes" {
		t.Errorf("the form holds %q", got)
	}
	p.Click("dialog [data-save]")
	p.WaitFor("#f-guid-err:not([hidden])")
	p.Click("dialog [data-save]")
	p.WaitFor("[data-secret-copy]")
}

// TestBackShowsTheForm: a form that the browser sends by itself leads to the
// sign-in page, and is found again by going back, with JavaScript and without.
func TestBackShowsTheForm(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("script %t", script), func(t *testing.T) {
			p, _ := signedIn(t)
			p.Open("/repositories/payments-events/settings/general")
			Eval[bool](p, endSession)
			p.JavaScript(script)
			p.Fill("#f-desc", "typed for minutes")
			p.Click("#repository-form [data-save]")
			p.WantText("#login-form .callout", "nothing was saved")
			p.Fill("#l-email", ownerEmail)
			p.Fill("#l-pass", ownerPassword)
			p.Click("#login-form button")
			p.WaitFor("#f-desc")
			for range 4 {
				if p.Value("#f-desc") == "typed for minutes" {
					break
				}
				p.Back()
			}
			if got := p.Value("#f-desc"); got != "typed for minutes" {
				t.Errorf("back at %s the form holds %q", p.URL(), got)
			}
		})
	}
}
