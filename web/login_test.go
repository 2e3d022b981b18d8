package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

func TestSigningInAndOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.Visitor()
		wanted := "/repositories/web-logs/settings/tokens?q=graf&status=all"
		a := v.Get(wanted).Want(http.StatusSeeOther)
		login := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		if login.Has("nav.side") || login.Attr("#l-pass", "autocomplete") != "current-password" {
			t.Error("the sign-in page is not a visitor's")
		}
		form := login.Form("#login-form")
		form.Values.Set("email", "OLGA@example.com ")
		form.Values.Set("password", webtest.Password)
		before := v.Cookie("latchkey")
		a = v.Submit(form).Want(http.StatusSeeOther)
		if a.Header.Get("Location") != wanted {
			t.Errorf("signing in leads to %s", a.Header.Get("Location"))
		}
		after := v.Cookie("latchkey")
		if before == "" || before == after || len(after) < 26 {
			t.Errorf("the session's id went from %q to %q", before, after)
		}
		cookie := strings.Join(a.Header.Values("Set-Cookie"), "\n")
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "Domain") {
			t.Errorf("cookies %s", cookie)
		}
		page := v.Get(wanted).Want(http.StatusOK)
		if page.Text(".me") != "OL Olga Owner" {
			t.Errorf("the menu shows %q", page.Text(".me"))
		}
		v.Get("/login").Want(http.StatusSeeOther)

		out := v.Submit(page.Form(`form[action="/logout"]`)).Want(http.StatusSeeOther)
		if out.Header.Get("Clear-Site-Data") != `"cache", "cookies", "storage"` || out.Header.Get("Location") != "/login" {
			t.Errorf("signing out: %v", out.Header)
		}
		for _, id := range []string{before, after} {
			replay := w.Visitor()
			replay.SetCookie("latchkey", id)
			replay.Get(wanted).Want(http.StatusSeeOther)
		}
	})
}

// TestAKnownDeviceIsForgotten after 90 days, also by a browser that keeps its mark.
func TestAKnownDeviceIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		try := func(mark, password string) int {
			v := w.Visitor()
			v.SetCookie("latchkey-device", mark)
			form := v.Get("/login").Form("#login-form")
			form.Values.Set("email", w.owner.Email)
			form.Values.Set("password", password)
			return v.Submit(form).Status
		}
		mark := w.SignedIn(w.owner).Cookie("latchkey-device")
		for _, step := range []struct {
			pass time.Duration
			want int
		}{{90*24*time.Hour - time.Second, http.StatusSeeOther}, {time.Second, http.StatusTooManyRequests}} {
			w.Advance(step.pass)
			for range 7 {
				try("", "not "+webtest.Password)
			}
			if got := try(mark, webtest.Password); got != step.want {
				t.Errorf("while a stranger is slowed down, the device gets %d, want %d", got, step.want)
			}
		}
		if got := try("x"+mark, webtest.Password); got != http.StatusTooManyRequests {
			t.Errorf("a mark that is not ours gets %d", got)
		}
	})
}

// TestASessionCannotBePlanted: an id that somebody else chose opens nothing
// after the victim has signed in with it.
func TestASessionCannotBePlanted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		planted := strings.Repeat("A", 26)
		victim, attacker := w.Visitor(), w.Visitor()
		victim.SetCookie("latchkey", planted)
		form := victim.Get("/login").Form("#login-form")
		form.Values.Set("email", w.owner.Email)
		form.Values.Set("password", webtest.Password)
		victim.Submit(form).Want(http.StatusSeeOther)
		if victim.Cookie("latchkey") == planted {
			t.Error("the planted id is the session's")
		}
		attacker.SetCookie("latchkey", planted)
		attacker.Get("/tokens").Want(http.StatusSeeOther)

		// A second sign-in in the same browser ends the first session.
		first := victim.Cookie("latchkey")
		again := victim.Get("/tokens").Form(`form[action="/logout"]`).Values
		again.Set("email", w.owner.Email)
		again.Set("password", webtest.Password)
		victim.Post("/login", again).Want(http.StatusSeeOther)
		attacker.SetCookie("latchkey", first)
		attacker.Get("/tokens").Want(http.StatusSeeOther)
		victim.Get("/tokens").Want(http.StatusOK)
	})
}

func TestSessionsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		idle := w.SignedIn(w.owner)
		w.Advance(30*time.Minute - time.Millisecond)
		idle.Get("/tokens").Want(http.StatusOK)
		w.Advance(30 * time.Minute)
		idle.Get("/tokens").Want(http.StatusSeeOther)
		busy := w.SignedIn(w.owner)
		for range 12*3 - 1 {
			w.Advance(20 * time.Minute)
			busy.Get("/tokens").Want(http.StatusOK)
		}
		w.Advance(20 * time.Minute)
		busy.Get("/tokens").Want(http.StatusSeeOther)
		a := busy.Get("/tokens?q=x", webtest.HTMX("/tokens?q=x")).Want(http.StatusUnauthorized)
		if a.Header.Get("HX-Redirect") != "/login?next=%2Ftokens%3Fq%3Dx" {
			t.Errorf("htmx is sent to %s", a.Header.Get("HX-Redirect"))
		}
	})
}

// TestNoCookieIsInTheDatabase: what is stolen from there opens no session.
func TestNoCookieIsInTheDatabase(t *testing.T) {
	address := storetest.SQLite(t)
	w := newWorld(t, storetest.Open(t, address))
	id := w.SignedIn(w.owner).Cookie("latchkey")
	files, err := filepath.Glob(strings.TrimPrefix(address, "sqlite:") + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{id, webtest.Password, w.secret.Reveal()[40:]} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s has %s in it", filepath.Base(file), secret)
			}
		}
	}
}

// TestRefusedSignInsAreAlike: the answer does not tell who exists.
func TestRefusedSignInsAreAlike(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		try := func(email, password string) *webtest.Answer {
			v := w.Visitor()
			form := v.Get("/login").Form("#login-form")
			form.Values.Set("email", email)
			form.Values.Set("password", password)
			a := v.Submit(form)
			a.Body = strings.NewReplacer(form.Values.Get("csrf"), "", a.Header.Get("X-Request-Id"), "", email, "").Replace(a.Body)
			return a
		}
		wrong := try(w.owner.Email, "wrong password here")
		for name, a := range map[string]*webtest.Answer{
			"unknown": try("nobody@example.com", "wrong password here"), "empty": try("x@example.com", ""), "junk": try("junk", "junk"),
		} {
			if a.Status != wrong.Status || a.Body != wrong.Body {
				t.Errorf("%s: %d, or other words", name, a.Status)
			}
		}
		if wrong.Status != http.StatusUnprocessableEntity || wrong.Text("#login-problem") != "Email or password is wrong." {
			t.Errorf("%d: %q", wrong.Status, wrong.Text("#login-problem"))
		}
		if wrong.Attr("#l-pass", "value") != "" || strings.Contains(w.Log.String(), "wrong password here") {
			t.Error("the password comes back")
		}
	})
}

// TestAStrangerDoesNotLockAnybodyOut: failing on purpose slows the one who
// fails, not the person whose browser is known.
func TestAStrangerDoesNotLockAnybodyOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st, func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
		owner := w.SignedIn(w.owner)
		owner.Submit(owner.Get("/tokens").Form(`form[action="/logout"]`)).Want(http.StatusSeeOther)
		attacker := w.Visitor()
		form := attacker.Get("/login").Form("#login-form")
		form.Values.Set("password", "guess guess guess")
		limited := false
		for i := range 30 {
			form.Values.Set("email", []string{w.owner.Email, " " + strings.ToUpper(w.owner.Email)}[i%2])
			a := attacker.Submit(form, webtest.Header("X-Forwarded-For", "203.0.113.66"))
			if limited = a.Status == http.StatusTooManyRequests; limited {
				if a.Header.Get("Retry-After") == "" || a.Text("#login-problem") == "" {
					t.Error("no word about when to try again")
				}
				break
			}
		}
		if !limited {
			t.Error("thirty guesses were answered")
		}
		form = owner.Get("/login").Form("#login-form")
		form.Values.Set("email", w.owner.Email)
		form.Values.Set("password", webtest.Password)
		owner.Submit(form, webtest.Header("X-Forwarded-For", "198.51.100.4")).Want(http.StatusSeeOther)
	})
}

func TestSetup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		site := webtest.New(t, st)
		code, err := site.Service.NewSetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v := site.Visitor()
		v.Get("/setup/" + strings.Repeat("A", 26)).Want(http.StatusNotFound)
		form := v.Get("/setup/" + code).Want(http.StatusOK).Form("#setup-form")
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Text("#s-email-err") == "" || refused.Text("#s-pass-err") == "" {
			t.Error("the form does not say what is missing")
		}
		form.Values.Set("name", "Olga Petrova")
		form.Values.Set("email", "olga@example.com")
		form.Values.Set("password", "short")
		refused = v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Attr("#s-name", "value") != "Olga Petrova" || refused.Attr("#s-pass", "value") != "" || refused.Attr("#s-pass", "autocomplete") != "new-password" {
			t.Error("the form is not as typed")
		}
		form.Values.Set("password", webtest.Password)
		form.Values.Set("role", "auditor")
		v.Submit(form).Want(http.StatusUnprocessableEntity)
		form.Values.Del("role")
		v.Submit(form).Want(http.StatusSeeOther)
		if me := v.Get("/tokens").Want(http.StatusOK).Text(".me"); me != "OP Olga Petrova Owner" {
			t.Errorf("signed in as %q", me)
		}
		site.Visitor().Get("/setup/" + code).Want(http.StatusNotFound)
		if strings.Contains(site.Log.String(), code) {
			t.Error("the code is in the log")
		}
	})
}

// TestOnlyOneBecomesTheOwner of many who use one code at once.
func TestOnlyOneBecomesTheOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		site := webtest.New(t, st)
		code, err := site.Service.NewSetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const n = 32
		visitors, forms := make([]*webtest.Visitor, n), make([]webtest.Form, n)
		for i := range n {
			visitors[i] = site.Visitor()
			forms[i] = visitors[i].Get("/setup/" + code).Form("#setup-form")
			forms[i].Values = url.Values{"csrf": forms[i].Values["csrf"], "name": {"Olga"}, "email": {"olga" + string(rune('a'+i%26)) + "@example.com"}, "password": {webtest.Password}}
		}
		answers := make([]int, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				for answers[i] == 0 || answers[i] == http.StatusTooManyRequests { // hashing is bounded
					answers[i] = visitors[i].Submit(forms[i]).Status
				}
			})
		}
		all.Wait()
		won := 0
		for i, status := range answers {
			switch status {
			case http.StatusSeeOther:
				won++
			case http.StatusNotFound:
			default:
				t.Errorf("request %d gives %d", i, status)
			}
		}
		users, err := site.Service.ListUsers(t.Context(), console.System("test"))
		if err != nil {
			t.Fatal(err)
		}
		if won != 1 || len(users) != 1 {
			t.Errorf("%d requests succeeded, %d accounts were made", won, len(users))
		}
	})
}

func TestTheThemeStays(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	v := w.SignedIn(w.owner)
	form := v.Get("/repositories?q=web").Form(`form[action="/preferences/theme"]`)
	for theme, want := range map[string]string{"dark": "dark", "light": "light", "system": ""} {
		form.Values.Set("theme", theme)
		a := v.Submit(form).Want(http.StatusSeeOther)
		if a.Header.Get("Location") != "/repositories?q=web" {
			t.Errorf("%s leads to %s", theme, a.Header.Get("Location"))
		}
		if got := v.Get("/tokens").Attr("html", "data-theme"); got != want {
			t.Errorf("%s shows %q", theme, got)
		}
		v.Submit(form, webtest.HTMX("/tokens")).Want(http.StatusNoContent)
	}
	form.Values.Set("theme", "neon")
	v.Submit(form).Want(http.StatusUnprocessableEntity)
	form.Values.Set("theme", "dark")
	form.Values.Set("next", "//evil.example")
	if a := v.Submit(form); a.Header.Get("Location") != "/" {
		t.Errorf("next leads to %s", a.Header.Get("Location"))
	}
}
