package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/factor/factortest"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/gate"
	"latchkey/web/graph"
	"latchkey/web/webtest"
)

// stale signs in and lets the proof get old.
func stale(w world, user console.User) *webtest.Visitor {
	w.T.Helper()
	v := w.SignedIn(user)
	w.Advance(console.ProofLifetime)
	return v
}

// riskyForm is the form of a token with a risky scope, filled in.
func riskyForm(w world, v *webtest.Visitor) webtest.Form {
	w.T.Helper()
	form := v.Get("/repositories/web-logs/settings/tokens/new").Want(http.StatusOK).Form("#token-form")
	form.Values.Set("name", "event eraser & co")
	form.Values.Set("description", "Erases <events>.\nDaily.")
	form.Values["scopes"] = []string{"DeleteEvents", "ReadAccess"}
	return form
}

// TestConfirmingLosesNothing, with JavaScript off.
func TestConfirmingLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := stale(w, w.owner)
		form := riskyForm(w, v)
		page := v.Submit(form).Want(http.StatusForbidden)
		asked := page.Form("#proof-form")
		if asked.Action != form.Action || !page.Has("nav.side") {
			t.Errorf("the question sends to %s", asked.Action)
		}
		for name, values := range form.Values {
			if got := asked.Values[name]; name != "csrf" && strings.Join(got, "|") != strings.Join(values, "|") {
				t.Errorf("%s was %q, the question has %q", name, values, got)
			}
		}
		if got := v.Submit(asked).Want(http.StatusForbidden).Text("[role=alert]"); got != "Enter your password." {
			t.Errorf("who sends nothing is told %q", got)
		}
		asked.Values.Set("proof_password", "wrong")
		again := v.Submit(asked).Want(http.StatusForbidden)
		if again.Text("[role=alert]") == "" || strings.Contains(again.Text("[role=alert]"), "code") || strings.Contains(again.Body, "wrong") || again.Form("#proof-form").Values.Get("name") != "event eraser & co" {
			t.Error("a wrong password is not told, is repeated, or loses what was typed")
		}
		asked = again.Form("#proof-form")
		asked.Values.Set("proof_password", webtest.Password)
		made := v.Submit(asked).Want(http.StatusCreated)
		if strings.Contains(made.Body, webtest.Password) {
			t.Error("the password is on the page")
		}
		page2, err := w.Service.ListTokens(t.Context(), console.System("test"), console.TokenFilter{Name: "eraser"}, console.TokenSort{Key: console.SortName}, console.PageRequest{})
		if err != nil || len(page2.Items) != 1 || page2.Items[0].Description != "Erases <events>.\nDaily." || len(page2.Items[0].Scopes) != 2 {
			t.Errorf("made is %+v, %v", page2.Items, err)
		}
		v.Submit(riskyForm2(w, v, "another")).Want(http.StatusCreated) // the proof is fresh for what follows
	})
}

func riskyForm2(w world, v *webtest.Visitor, name string) webtest.Form {
	form := riskyForm(w, v)
	form.Values.Set("name", name)
	return form
}

// TestConfirmingOverADialog, with htmx: the form below stays as it is.
func TestConfirmingOverADialog(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := stale(w, w.owner)
		here := []webtest.Option{webtest.HTMX("/repositories/web-logs/settings/tokens"), webtest.Header("HX-Source", "form#token-form"), webtest.Header("HX-Target", "div#modal-root")}
		form := riskyForm(w, v)
		over := v.Submit(form, here...).Want(http.StatusForbidden)
		if over.Attr("hx-partial", "hx-target") != "#modal-root" || over.Attr("hx-partial", "hx-swap") != "beforeend" || over.Attr("dialog", "data-return") != "token-form" {
			t.Errorf("the question goes to %s", over.Body)
		}
		if got := over.Attr("#proof-form", "hx-status:422"); got != "target:#token-form swap:outerHTML" || over.Attr("#proof-form", "hx-target") != "#modal-root" {
			t.Errorf("what is wrong goes to %q", got)
		}
		asked := over.Form("#proof-form")
		wrong := asked
		wrong.Values.Set("proof_password", "wrong")
		if a := v.Submit(wrong, here...).Want(http.StatusForbidden); a.Attr("hx-partial", "hx-target") != "#proof-form" {
			t.Error("a wrong password opens another dialog")
		}
		asked.Values.Set("proof_password", webtest.Password)
		unsound := asked
		unsound.Values = url.Values{}
		for name, values := range asked.Values {
			unsound.Values[name] = values
		}
		unsound.Values.Set("name", "")
		back := v.Submit(unsound, here...).Want(http.StatusUnprocessableEntity)
		if !back.Has("#token-form") || back.Attr("hx-partial", "hx-target") != "dialog:has(#proof-form)" || back.Attr("hx-partial", "hx-swap") != "delete" {
			t.Errorf("the mended form: %s", back.Body)
		}
		done := v.Submit(asked, here...).Want(http.StatusCreated)
		if strings.Contains(done.Body, "proof-form") || !done.Has("#secret") {
			t.Error("the answer still asks")
		}
	})
}

// TestWhatIsSentElsewhereIsNoElement: headers name elements of ours only.
func TestWhatIsSentElsewhereIsNoElement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := stale(w, w.owner)
		a := v.Submit(riskyForm(w, v), webtest.HTMX("/tokens"), webtest.Header("HX-Source", `form#x" hx-get="/y`), webtest.Header("HX-Target", "div#a swap:none")).Want(http.StatusForbidden)
		if a.Attr("#proof-form", "hx-target") != "#modal-root" || a.Attr("#proof-form", "hx-status:422") != "target:#proof-form swap:outerHTML" {
			t.Errorf("the question is %s", a.Body)
		}
	})
}

func TestConfirmingWithACodeAndAPasskey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.URL = strings.Replace(w.URL, "127.0.0.1", "localhost", 1)
		v := w.SignedIn(w.owner)
		seed, _ := setUpCodes(w, v)
		csrf := url.Values{"csrf": {v.CSRF()}}
		device := factortest.New(t, w.URL)
		question := v.Post("/account/passkeys/question", csrf).Want(http.StatusOK)
		v.Post("/account/passkeys", url.Values{"csrf": csrf["csrf"], "name": {"Key"}, "passkey": {device.Make([]byte(question.Body))}}).Want(http.StatusSeeOther)

		w.Advance(console.ProofLifetime)
		page := v.Submit(riskyForm(w, v)).Want(http.StatusForbidden)
		if !page.Has("#proof-code") || !page.Has(`[data-passkey="get"]`) {
			t.Error("codes and passkeys are not offered")
		}
		asked := page.Form("#proof-form")
		asked.Values.Set("proof_code", codeAt(w, seed))
		v.Submit(asked).Want(http.StatusCreated)

		w.Advance(console.ProofLifetime)
		asked = v.Submit(riskyForm2(w, v, "second")).Want(http.StatusForbidden).Form("#proof-form")
		asked.Values.Set("proof_passkey", device.Prove([]byte(v.Post("/confirmation/question", csrf).Want(http.StatusOK).Body)))
		v.Submit(asked).Want(http.StatusCreated)
	})
}

// TestAProofRenewsTheSessionsID: who knows the one from before has no session any
// more, and forms that are open elsewhere stay good.
func TestAProofRenewsTheSessionsID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := stale(w, w.owner)
		elsewhere := v.Get("/account/preferences").Form("#preferences-form")
		open := riskyForm2(w, v, "in another tab")
		before := v.Cookie("latchkey")
		asked := v.Submit(riskyForm(w, v)).Want(http.StatusForbidden).Form("#proof-form")
		asked.Values.Set("proof_password", "wrong "+webtest.Password)
		v.Submit(asked).Want(http.StatusForbidden)
		if v.Cookie("latchkey") != before {
			t.Error("a wrong proof renews it")
		}
		asked.Values.Set("proof_password", webtest.Password)
		v.Submit(asked).Want(http.StatusCreated)
		if v.Cookie("latchkey") == before {
			t.Error("a proof does not renew it")
		}
		thief := w.Visitor()
		thief.SetCookie("latchkey", before)
		if a := thief.Get("/tokens").Want(http.StatusSeeOther); !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("the id from before leads to %s", a.Header.Get("Location"))
		}
		v.Submit(elsewhere).Want(http.StatusSeeOther)
		v.Submit(open).Want(http.StatusCreated)

		before = v.Cookie("latchkey")
		form := v.Get("/account").Form("#password-form")
		form.Values.Set("current", webtest.Password)
		form.Values.Set("password", "another long phrase of words")
		v.Submit(form).Want(http.StatusSeeOther)
		if v.Cookie("latchkey") == before {
			t.Error("another password does not renew it")
		}
		v.Get("/tokens").Want(http.StatusOK)
	})
}

// TestWhoLacksANeededFactor sets one up before anything else.
func TestWhoLacksANeededFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		member := w.User("Max", console.RoleMember)
		w.Require(console.RoleOwner)
		v := w.SignedIn(w.owner)
		for _, path := range []string{"/tokens", "/repositories", "/audit", "/"} {
			if a := v.Get(path).Want(http.StatusSeeOther); a.Header.Get("Location") != "/account" {
				t.Errorf("%s leads to %s", path, a.Header.Get("Location"))
			}
		}
		if a := v.Get("/tokens", webtest.HTMX("/tokens")).Want(http.StatusForbidden); a.Header.Get("HX-Redirect") != "/account" {
			t.Errorf("htmx is led to %q", a.Header.Get("HX-Redirect"))
		}
		account := v.Get("/account").Want(http.StatusOK)
		csrf := url.Values{"csrf": {account.Attr(`input[name="csrf"]`, "value")}, "name": {"x"}, "kind": {"repository"}}
		v.Post("/repositories", csrf).Want(http.StatusSeeOther)
		if _, err := w.Service.GetRepository(t.Context(), console.System("test"), "x"); console.CodeOf(err) != console.CodeNotFound {
			t.Errorf("a change was made: %v", err)
		}
		if !account.Has(".callout-warn") {
			t.Error("the account does not say what is missing")
		}
		setUpCodes(w, v)
		v.Get("/tokens").Want(http.StatusOK)
		removal := v.Get("/account").Attr(`a[href$="/removal"]`, "href")
		if a := v.Get(removal).Want(http.StatusOK); a.Has("[data-save]") {
			t.Error("the last factor is offered to be removed")
		}
		v.Post(removal, url.Values{"csrf": {v.CSRF()}}).Want(http.StatusConflict)
		w.SignedIn(member).Get("/tokens").Want(http.StatusOK)
	})
}

func TestChangingThePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, other := w.SignedIn(w.owner), w.SignedIn(w.owner)
		form := v.Get("/account").Form("#password-form")
		form.Values.Set("current", "wrong")
		form.Values.Set("password", "a quieter lantern orbit")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Attr("#f-current", "aria-invalid") != "true" || strings.Contains(a.Body, "quieter") {
			t.Error("a wrong password is not told, or the new one repeated")
		}
		form.Values.Set("current", webtest.Password)
		v.Submit(form).Want(http.StatusSeeOther)
		v.Get("/tokens").Want(http.StatusOK)
		other.Get("/tokens").Want(http.StatusSeeOther)
		withPassword(w, w.Visitor(), w.owner, "/").Want(http.StatusUnprocessableEntity)
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, other, third := w.SignedIn(w.owner), w.SignedIn(w.owner), w.SignedIn(w.owner)
		page := v.Get("/account", webtest.Header("User-Agent", "x"))
		if n := len(page.All("#sessions li")); n != 3 || len(page.All("#sessions .badge")) != 1 {
			t.Errorf("%d sessions are listed", n)
		}
		if strings.Contains(page.Body, v.Cookie("latchkey")) {
			t.Error("a cookie is on the page")
		}
		end := page.Form(`#sessions form[action*="/account/sessions/"]:not(#sessions-form)`)
		v.Submit(end).Want(http.StatusSeeOther)
		v.Submit(end).Want(http.StatusNotFound)
		alive := 0
		for _, visitor := range []*webtest.Visitor{other, third} {
			if visitor.Get("/tokens").Status == http.StatusOK {
				alive++
			}
		}
		if alive != 1 {
			t.Errorf("%d of two sessions are left", alive)
		}
		v.Submit(v.Get("/account").Form("#sessions-form")).Want(http.StatusSeeOther)
		other.Get("/tokens").Want(http.StatusSeeOther)
		third.Get("/tokens").Want(http.StatusSeeOther)
		v.Get("/tokens").Want(http.StatusOK)

		admin, auditor := w.SignedIn(w.User("Ada", console.RoleAdministrator)), w.SignedIn(w.User("Aude", console.RoleAuditor))
		path := "/people/" + string(w.owner.GUID) + "/sessions"
		if a := auditor.Get(path).Want(http.StatusOK); a.Has("#sessions form") || len(a.All("#sessions li")) != 1 {
			t.Error("an auditor sees too much or too little")
		}
		auditor.Post(path+"/termination", url.Values{"csrf": {auditor.CSRF()}}).Want(http.StatusForbidden)
		admin.Submit(admin.Get(path).Want(http.StatusOK).Form("#sessions-form")).Want(http.StatusSeeOther)
		v.Get("/tokens").Want(http.StatusSeeOther)
		w.SignedIn(w.User("Stella", console.RoleMember)).Get(path).Want(http.StatusNotFound)
	})
}

// TestPersonalTokensOfWhoLacksANeededFactor are worth nothing, until one is set up,
// as soon as it is needed, and whoever asks learns no more than of any other.
func TestPersonalTokensOfWhoLacksANeededFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		_, caller := w.Token(w.logs, w.owner, "caller", func(n *console.NewToken) {
			n.Type, n.Repositories, n.Scopes = console.TypeSystem, nil, []string{console.ScopeIntrospect}
		})
		personal := func(name string, role console.Role) (console.User, string) {
			user := w.User(name, role)
			_, secret, err := w.Service.CreatePersonalToken(t.Context(), console.Principal{ProvedAt: w.Now()}.As(user), console.NewPersonalToken{GUID: console.NewGUID()})
			w.must(nil, err)
			return user, secret.Reveal()
		}
		nora, noras := personal("Nora", console.RoleAdministrator)
		max, maxs := personal("Max", console.RoleMember)
		unknown := string(console.NewGUID()) + "~" + strings.Repeat("A", 43)
		introspect := func(text string) string {
			return w.Visitor().Post("/introspect", url.Values{"token": {text}}, webtest.Header("Authorization", "Bearer "+caller.Reveal())).Want(http.StatusOK).Body
		}
		verify := func(text string) string {
			return w.Visitor().Post("/verify", nil, webtest.Header("Authorization", "Bearer "+text)).Body
		}
		ask := func(text string) string {
			return w.Visitor().Do(http.MethodPost, "/graphql", `{"query":"{viewer{id}}"}`,
				webtest.Header("Authorization", "Bearer "+text), webtest.Header("Content-Type", "application/json")).Body
		}
		works := func(when, text string, want bool) {
			t.Helper()
			for range 2 { // the second time from memory
				if !strings.Contains(verify(text), fmt.Sprintf(`"active":%v`, want)) || (introspect(text) == introspect(unknown)) == want {
					t.Errorf("%s: verified as %s, introspected as %s", when, verify(text), introspect(text))
				}
				if api := ask(text); (api == ask(unknown)) == want || strings.Contains(api, `"viewer"`) != want {
					t.Errorf("%s: the API says %s", when, api)
				}
			}
		}
		w.Require() // nobody yet
		before := w.Service
		w.Follow()
		works("before", noras, true)

		w.Require(console.RoleAdministrator)
		w.Follow()
		works("of who lacks one", noras, false)
		works("of who needs none", maxs, true)
		_, err := w.Service.UpdateUser(t.Context(), console.Principal{ProvedAt: w.Now()}.As(w.owner), max.GUID, max.Version, console.UserPatch{Role: new(console.RoleAdministrator)})
		w.must(nil, err)
		works("of who has another role", maxs, false)
		setUpCodes(w, w.SignedIn(nora))
		works("of who set one up", noras, true)
		factors, err := st.ListFactors(t.Context(), nora.GUID)
		w.must(nil, err)
		w.must(nil, before.DeleteFactor(t.Context(), console.Principal{ProvedAt: w.Now()}.As(nora), factors[0].GUID)) // where it is not needed yet
		works("of who removed it elsewhere", noras, false)
	})
}

// Require makes roles need a second factor from now on, as another start of the
// program would.
func (w *world) Require(roles ...console.Role) {
	w.T.Helper()
	svc, err := service.New(w.T.Context(), w.Store, service.Options{
		Key: webtest.Key(), Now: w.Now, Passwords: password.NewWeak(), FactorRoles: roles,
	})
	if err != nil {
		w.T.Fatal(err)
	}
	w.Service = svc
	w.Serve(web.New(svc, web.Options{
		Version: "test", DrainDelay: -1, Graph: graph.Mount(svc, graph.Options{}), Gate: gate.Routes(svc, gate.Options{Log: slog.New(slog.DiscardHandler)}),
	}))
}
