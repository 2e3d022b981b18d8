package web_test

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/factor"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

const codePeriod = 30 * time.Second

// setUpCodes sets up a generator of codes in v's account, as a person does, and
// returns its seed and the recovery codes.
func setUpCodes(w world, v *webtest.Visitor) (seed []byte, recovery []string) {
	w.T.Helper()
	offer := v.Get("/account").Want(http.StatusOK).Form("#codes-offer-form")
	if a := v.Submit(offer).Want(http.StatusSeeOther); a.Header.Get("Location") != "/account/codes" {
		w.T.Fatalf("setting up codes leads to %s", a.Header.Get("Location"))
	}
	page := v.Get("/account/codes").Want(http.StatusOK)
	shown := page.Text("#f-seed")
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(shown, " ", ""))
	if err != nil {
		w.T.Fatalf("the key %q: %v", shown, err)
	}
	form := page.Form("#codes-form")
	form.Values.Set("code", "000000")
	wrong := v.Submit(form).Want(http.StatusUnprocessableEntity)
	if wrong.Attr("#f-code", "aria-invalid") != "true" || wrong.Text("#f-seed") != shown {
		w.T.Error("a wrong code does not bring the form back as it was")
	}
	form.Values.Set("code", codeAt(w, seed))
	done := v.Submit(form).Want(http.StatusOK)
	return seed, strings.Fields(done.Text("#f-codes"))
}

func codeAt(w world, seed []byte) string {
	w.T.Helper()
	code, err := factor.Code(seed, w.Now())
	if err != nil {
		w.T.Fatal(err)
	}
	return code
}

// withPassword signs in as far as a password goes.
func withPassword(w world, v *webtest.Visitor, user console.User, next string) *webtest.Answer {
	w.T.Helper()
	form := v.Get("/login?next=" + url.QueryEscape(next)).Form("#login-form")
	form.Values.Set("email", user.Email)
	form.Values.Set("password", webtest.Password)
	return v.Submit(form)
}

func TestSigningInWithACode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first := w.SignedIn(w.owner)
		seed, recovery := setUpCodes(w, first)
		if len(recovery) != 10 {
			t.Fatalf("there are %d recovery codes", len(recovery))
		}
		if first.Get("/account").Has("#codes-offer-form") || len(first.Get("/account").All("#f-codes")) > 0 {
			t.Error("codes are offered twice, or recovery codes shown again")
		}
		w.Advance(codePeriod)
		v := w.Visitor()
		a := withPassword(w, v, w.owner, "/repositories").Want(http.StatusSeeOther)
		if a.Header.Get("Location") != "/login/second-factor?next=%2Frepositories" {
			t.Fatalf("the password leads to %s", a.Header.Get("Location"))
		}
		before := v.Cookie("latchkey")
		for _, path := range []string{"/tokens", "/account"} {
			v.Get(path).Want(http.StatusSeeOther)
		}
		page := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		if page.Has("nav.side") || page.Attr("#l-code", "autocomplete") != "one-time-code" || page.Has("[data-passkey]") || page.Has("script[src*=passkey]") {
			t.Error("the page asks for other things than a code")
		}
		form := page.Form("#second-factor-form")
		form.Values.Set("code", "000000")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); !a.Has("#second-factor-problem") {
			t.Error("a wrong code is not told")
		}
		form.Values.Set("code", "")
		v.Submit(form).Want(http.StatusUnprocessableEntity)
		code := codeAt(w, seed)
		form.Values.Set("code", " "+code[:3]+" "+code[3:])
		in := v.Submit(form).Want(http.StatusSeeOther)
		if in.Header.Get("Location") != "/repositories" || v.Cookie("latchkey") == before || v.Cookie("latchkey-sign-in") != "" {
			t.Errorf("the code leads to %s", in.Header.Get("Location"))
		}
		v.Get("/repositories").Want(http.StatusOK)

		again := w.Visitor()
		form = again.Get(withPassword(w, again, w.owner, "/").Header.Get("Location")).Form("#second-factor-form")
		form.Values.Set("code", code)
		again.Submit(form).Want(http.StatusUnprocessableEntity)
		form.Values.Set("code", recovery[0])
		again.Submit(form).Want(http.StatusSeeOther)
		again.Get("/tokens").Want(http.StatusOK)
	})
}

// TestAHeldSignInBelongsToItsBrowser: neither another browser nor the time after
// ten minutes completes it.
func TestAHeldSignInBelongsToItsBrowser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		seed, _ := setUpCodes(w, w.SignedIn(w.owner))
		w.Advance(codePeriod)
		v, stranger := w.Visitor(), w.Visitor()
		withPassword(w, v, w.owner, "/").Want(http.StatusSeeOther)
		stranger.Get("/login/second-factor").Want(http.StatusSeeOther)
		csrf := stranger.Get("/login").Attr(`input[name="csrf"]`, "value")
		a := stranger.Post("/login/second-factor", url.Values{"csrf": {csrf}, "code": {codeAt(w, seed)}}).Want(http.StatusSeeOther)
		if !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("a stranger is led to %s", a.Header.Get("Location"))
		}
		form := v.Get("/login/second-factor").Want(http.StatusOK).Form("#second-factor-form")
		w.Advance(10 * time.Minute)
		form.Values.Set("code", codeAt(w, seed))
		if a := v.Submit(form).Want(http.StatusSeeOther); a.Header.Get("Location") != "/login" {
			t.Errorf("after ten minutes it leads to %s", a.Header.Get("Location"))
		}
		v.Get("/tokens").Want(http.StatusSeeOther)
	})
}

func TestThePictureOfAKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		v.Get("/account/codes/picture.png").Want(http.StatusNotFound)
		v.Submit(v.Get("/account").Form("#codes-offer-form")).Want(http.StatusSeeOther)
		if src := v.Get("/account/codes").Attr("img.qr", "src"); src != "/account/codes/picture.png" {
			t.Errorf("the picture is at %s", src)
		}
		a := v.Get("/account/codes/picture.png").Want(http.StatusOK)
		if a.Header.Get("Content-Type") != "image/png" || a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Body, "\x89PNG") {
			t.Errorf("the picture: %v", a.Header)
		}
		w.SignedIn(w.User("Stella", console.RoleMember)).Get("/account/codes/picture.png").Want(http.StatusNotFound)
		w.Advance(10 * time.Minute)
		v.Get("/account/codes/picture.png").Want(http.StatusNotFound)
		v.Get("/account/codes").Want(http.StatusSeeOther)
	})
}

func TestFactorsAreRenamedAndRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		setUpCodes(w, v)
		page := v.Get("/account")
		edit, removal := page.Attr(`a[href$="/edit"]`, "href"), page.Attr(`a[href$="/removal"]`, "href")
		form := v.Get(edit).Want(http.StatusOK).Form("#factor-form")
		form.Values.Set("name", " ")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Attr("#f-name", "aria-invalid") != "true" {
			t.Error("an empty name is not told")
		}
		form.Values.Set("name", "Work phone")
		v.Submit(form, webtest.HTMX("/account")).Want(http.StatusOK)
		if got := v.Get("/account").Text("#factors .nm"); got != "Work phone" {
			t.Errorf("it is called %q", got)
		}
		stranger := w.SignedIn(w.User("Stella", console.RoleMember))
		for _, path := range []string{edit, removal} {
			stranger.Get(path).Want(http.StatusNotFound)
		}
		stranger.Post(removal, url.Values{"csrf": {stranger.CSRF()}}).Want(http.StatusNotFound)
		old := v.Submit(v.Get("/account/recovery-codes").Form("#recovery-form")).Want(http.StatusOK)
		if len(strings.Fields(old.Text("#f-codes"))) != 10 {
			t.Error("no ten new recovery codes are shown")
		}
		v.Submit(v.Get(removal).Want(http.StatusOK).Form("#factor-removal-form")).Want(http.StatusSeeOther)
		v.Get(removal).Want(http.StatusNotFound)
		if a := v.Get("/account"); a.Has("#recovery") || !a.Has("#codes-offer-form") {
			t.Error("the account shows what is gone")
		}
		w.SignedIn(w.owner).Get("/tokens").Want(http.StatusOK)
	})
}

func TestPasskeysNeedANamedAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get("/account/passkeys/new").Want(http.StatusOK)
		if page.Has("[data-passkey]") || page.Has("script[src*=passkey]") || !strings.HasPrefix(page.Attr(".callout a", "href"), "http://localhost:") {
			t.Errorf("at an address the page says %s", page.Text("main"))
		}
		w.URL = strings.Replace(w.URL, "127.0.0.1", "localhost", 1)
		v = w.SignedIn(w.owner)
		named := v.Get("/account/passkeys/new").Want(http.StatusOK)
		if !named.Has(`[data-passkey="create"]`) || !named.Has("script[src*=passkey]") {
			t.Error("under localhost no passkey is offered")
		}
		csrf := url.Values{"csrf": {v.CSRF()}}
		asked := v.Post("/account/passkeys/question", csrf).Want(http.StatusOK)
		if !strings.Contains(asked.Body, `"residentKey":"required"`) || !strings.Contains(asked.Body, `"id":"localhost"`) || asked.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the question is %s", asked.Body)
		}
		csrf.Set("passkey", `{"id":"x"}`)
		if a := v.Post("/account/passkeys", csrf).Want(http.StatusUnprocessableEntity); !a.Has("[role=alert]") {
			t.Error("an answer that is none is not told")
		}
	})
}
