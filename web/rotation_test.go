package web_test

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

// worth asks what token strings are worth.
func worth(t *testing.T, w world, texts ...string) (active []bool) {
	t.Helper()
	for _, text := range texts {
		found, err := w.Service.Verify(t.Context(), text, netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		active = append(active, found.Active)
	}
	return active
}

func TestRotatingASecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get(tokenPath(w) + "/rotation").Want(http.StatusOK)
		if got := page.Text("main h2"); got != "Rotate the secret of grafana-readonly?" || page.Attr("input[name=overlap][checked]", "value") != "24h" || page.Has("[name=end_oldest]") {
			t.Errorf("the page asks %q", got)
		}
		form := page.Form("#rotation-form")
		a := v.Submit(form).Want(http.StatusCreated)
		shown := tokenString.FindAllString(a.Body, -1)
		if len(shown) != 3 || a.Header.Get("Cache-Control") != "no-store" || shown[0] == w.secret.Reveal() || shown[0][:36] != string(w.token.GUID) {
			t.Fatalf("%d secrets are shown, with Cache-Control %q", len(shown), a.Header.Get("Cache-Control"))
		}
		if marked := a.All(`input[data-secret], #secret[data-secret], #verify-command[data-secret]`); len(marked) != len(shown) {
			t.Errorf("%d of %d places that hold the secret have the mark", len(marked), len(shown))
		}
		for _, want := range []string{"grafana-readonly has a new secret", "Works until 22 Nov 2026, 20:52 UTC", "I’ve stored the secret"} {
			if !strings.Contains(a.Text("main"), want) {
				t.Errorf("the page lacks %q: %s", want, a.Text("main"))
			}
		}
		if got := worth(t, w, w.secret.Reveal(), shown[0]); !slices.Equal(got, []bool{true, true}) {
			t.Errorf("after the rotation the secrets work: %v", got)
		}
		again := v.Submit(form).Want(http.StatusOK)
		if tokenString.MatchString(again.Body) || !strings.Contains(again.Text("main"), "was already rotated") {
			t.Errorf("the same again says %s", again.Text("main"))
		}
		details := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		panel := details.Text("#panel")
		for _, want := range []string{"Secrets in use 2 live", "Current secret Works as long as the token", ", never used", "Works until 22 Nov 2026, 20:52 UTC",
			"Rotated by Olga", "Old secret: works for 24 hours", "Old secret works until: 22 Nov 2026, 20:52 UTC"} {
			if !strings.Contains(panel, want) {
				t.Errorf("the details lack %q: %s", want, panel)
			}
		}
		v.Submit(v.Get(details.Attr("#panel-overlap-end", "href")).Want(http.StatusOK).Form("#overlap-end-form")).Want(http.StatusSeeOther)
		if got := worth(t, w, w.secret.Reveal(), shown[0]); !slices.Equal(got, []bool{false, true}) {
			t.Errorf("after the overlap the secrets work: %v", got)
		}
		if panel = v.Get(tokenPath(w)).Text("#panel"); !strings.Contains(panel, "1 live, 1 ended") || strings.Contains(panel, "End overlap now") {
			t.Errorf("after the overlap the details say %s", panel)
		}
		if nothing := v.Get(tokenPath(w) + "/overlap-end").Want(http.StatusOK); nothing.Has("#overlap-end-form") {
			t.Error("there is something to end after the end")
		}
		canary(t, w, v, shown[0])
	})
}

// canary looks for a secret everywhere but in the answer that showed it.
func canary(t *testing.T, w world, v *webtest.Visitor, secret string) {
	t.Helper()
	body := secret[40:83]
	for _, path := range []string{"/tokens", list + "?status=all", tokenPath(w), tokenPath(w) + "/rotation", tokenPath(w) + "/edit", "/audit?period=all", "/tokens/find"} {
		if strings.Contains(v.Get(path).Body, body) {
			t.Errorf("%s shows the secret", path)
		}
	}
	if strings.Contains(w.Log.String(), body) {
		t.Error("the secret is in the log")
	}
	for _, event := range history(t, w) {
		for _, change := range event.Changes {
			if strings.Contains(change.Old+change.New+event.Reason, body) {
				t.Error("the secret is in the audit log")
			}
		}
	}
}

func history(t *testing.T, w world) []console.AuditEvent {
	t.Helper()
	events, err := w.Service.TokenHistory(t.Context(), console.System("test"), w.token.GUID)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestRotatingWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		here := webtest.HTMX(tokenPath(w))
		form := v.Get(tokenPath(w)+"/rotation", here).Want(http.StatusOK).Form("dialog[data-modal] #rotation-form")
		stale := with(form.Values, "overlap", "now")
		if a := v.Post(tokenPath(w)+"/rotation", with(form.Values, "until", "2026-11-22T00:00"), here).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("#f-until-err"), "clear this time") {
			t.Error("a time that was typed is ignored")
		}
		form.Values.Set("overlap", "time")
		for typed, want := range map[string]string{
			"": "Choose a time.", "2026-11-21T20:52": "Choose a time in the future.", "2026-11-28T20:53": "The old secret can work for 7 days at most.", "soon": "Enter the whole date and time.",
		} {
			form.Values.Set("until", typed)
			a := v.Submit(form, here).Want(http.StatusUnprocessableEntity)
			if got := a.Text("#f-until-err"); got != want || a.Has("dialog") || a.Attr("input[name=overlap][checked]", "value") != "time" {
				t.Errorf("until %q: %q, want %q", typed, got, want)
			}
		}
		form.Values.Set("until", "2026-11-28T20:52")
		a := v.Submit(form, here).Want(http.StatusCreated)
		if !a.Has("dialog[data-guard] #secret") || len(tokenString.FindAllString(a.Body, -1)) != 3 || a.Header.Get("HX-Push-Url") != "" {
			t.Errorf("the answer is %.300s", a.Body)
		}
		if got := a.Text(`hx-partial[hx-target="#panel-slot"] #panel-secrets + .end`); got != "2 live" {
			t.Errorf("the details beside it say %q", got)
		}
		if again := v.Submit(form, here).Want(http.StatusOK); tokenString.MatchString(again.Body) || !again.Has("dialog[data-modal]") {
			t.Error("the same again shows another thing")
		}
		// Somebody else's form is of an older version, and two secrets work now.
		stale.Set("rotation", v.Get(tokenPath(w)+"/rotation").Form("#rotation-form").Values.Get("rotation"))
		conflict := v.Post(tokenPath(w)+"/rotation", stale, here).Want(http.StatusUnprocessableEntity)
		if !strings.Contains(conflict.Text("[role=alert]"), "was not handed out to you") {
			t.Errorf("another form's value: %s", conflict.Body)
		}
		old := conflict.Form("#rotation-form").Values
		old.Set("version", "1")
		conflict = v.Post(tokenPath(w)+"/rotation", old, here).Want(http.StatusConflict)
		if !strings.Contains(conflict.Text("[role=alert]"), " changed this token ") {
			t.Errorf("an older version: %s", conflict.Text("hx-partial"))
		}
		fresh := conflict.Form("#rotation-form")
		conflict = v.Submit(fresh, here).Want(http.StatusConflict)
		if !strings.Contains(conflict.Text("#f-oldest-err"), "Say that the older secret may end") || !strings.Contains(conflict.Text("form"), "Two secrets work already") || !strings.Contains(conflict.Text("form"), "and was never used") {
			t.Errorf("while two work: %s", conflict.Text("hx-partial"))
		}
		fresh = conflict.Form("#rotation-form")
		fresh.Values.Set("end_oldest", "yes")
		third := tokenString.FindString(v.Submit(fresh, here).Want(http.StatusCreated).Body)
		if got := worth(t, w, w.secret.Reveal(), tokenString.FindString(a.Body), third); !slices.Equal(got, []bool{false, false, true}) {
			t.Errorf("afterwards the secrets work: %v", got)
		}
		done := v.Submit(v.Get(tokenPath(w)+"/rotation", here).Form("#rotation-form"), here).Want(http.StatusCreated)
		if !strings.Contains(done.Text("dialog"), "Works until") {
			t.Error("another rotation says nothing about the old secret")
		}
		ended := v.Submit(v.Get(tokenPath(w)+"/overlap-end", here).Form("#overlap-end-form"), here).Want(http.StatusOK)
		if got := ended.Header.Get("HX-Location"); got != tokenPath(w) {
			t.Errorf("ending the overlap leads to %q", got)
		}
	})
}

// TestWhatEndedIsNotRotated, and one who lacks a scope gets no secret.
func TestWhatEndedIsNotRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get(tokenPath(w) + "/rotation").Form("#rotation-form")
		both, _ := w.Token(w.logs, w.owner, "both", func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} })
		half := w.User("Half", console.RoleMember)
		w.Member(half, w.logs, console.MemberManager, "ReadAccess")
		h := w.SignedIn(half)
		h.Get(list + "/" + string(both.GUID) + "/rotation").Want(http.StatusForbidden)
		refused := h.Post(list+"/"+string(both.GUID)+"/rotation", with(form.Values, "csrf", h.CSRF())).Want(http.StatusForbidden)
		if tokenString.MatchString(refused.Body) {
			t.Error("whoever lacks a scope gets a secret")
		}
		if page := h.Get(list + "/" + string(both.GUID)); page.Has("#panel-rotate:not([disabled])") || !strings.Contains(page.Text("#panel"), "Secrets in use") {
			t.Error("whoever lacks a scope is offered the rotation, or does not see the secrets")
		}
		if _, err := w.Service.RevokeToken(t.Context(), by(w.owner), "", w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		late := v.Submit(form).Want(http.StatusConflict)
		if tokenString.MatchString(late.Body) || !strings.Contains(late.Text("main"), "was revoked on 21 Nov 2026") {
			t.Errorf("a revoked token: %s", late.Text("main"))
		}
		if page := v.Get(tokenPath(w) + "/rotation").Want(http.StatusOK); page.Has("#rotation-form") {
			t.Error("a revoked token can be rotated")
		}
	})
}

// TestManyPressesRotateOnce, and show one secret.
func TestManyPressesRotateOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get(tokenPath(w) + "/rotation").Form("#rotation-form")
		answers := make([]*webtest.Answer, 16)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = v.Submit(form) })
		}
		all.Wait()
		shown := 0
		for _, a := range answers {
			switch {
			case a.Status == http.StatusCreated && tokenString.MatchString(a.Body):
				shown++
			case a.Status == http.StatusOK && !tokenString.MatchString(a.Body):
			default:
				t.Errorf("one press gives %d", a.Status)
			}
		}
		secrets, err := w.Service.ListSecrets(t.Context(), by(w.owner), "", w.token.GUID)
		if err != nil || shown != 1 || len(secrets) != 2 {
			t.Errorf("%d secrets were shown, there are %d, %v", shown, len(secrets), err)
		}
	})
}

func TestFindingByASecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		_, current, err := w.Service.RotateToken(t.Context(), by(w.owner), "", w.token.GUID, console.Rotation{Overlap: console.Overlap{For: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		foreign, secret := w.Token(w.Repository("other-logs"), w.owner, "foreign")
		member := w.User("Mem", console.RoleMember)
		w.Member(member, w.logs, console.MemberViewer, "ReadAccess")
		m := w.SignedIn(member)
		find := func(v *webtest.Visitor, text string, status int, options ...webtest.Option) *webtest.Answer {
			t.Helper()
			form := v.Get("/tokens").Want(http.StatusOK).Attr("#find-token", "href")
			ask := v.Get(form, options...).Want(http.StatusOK).Form("#find-form")
			ask.Values.Set("secret", text)
			a := v.Submit(ask, options...).Want(status)
			if strings.Contains(a.Body, "~lk_") || a.Header.Get("Cache-Control") != "no-store" || len(text) > 40 && strings.Contains(a.Body, text[37:]) {
				t.Errorf("the answer shows what was pasted: %.300s", a.Body)
			}
			return a
		}
		for _, test := range []struct {
			v          *webtest.Visitor
			text, want string
		}{
			{v, current.Reveal(), "The secret of grafana-readonly This is its current secret."},
			{m, " " + current.Reveal() + "\n", "The secret of grafana-readonly This is its current secret."},
			{v, "LATCHKEY_TOKEN=" + current.Reveal() + "\n", "The secret of grafana-readonly This is its current secret."},
			{v, "export TOKEN = '" + current.Reveal() + "'", "The secret of grafana-readonly This is its current secret."},
			{v, "authorization: Bearer " + current.Reveal(), "The secret of grafana-readonly This is its current secret."},
			{v, "bearer  " + current.Reveal(), "The secret of grafana-readonly This is its current secret."},
			{v, `"` + current.Reveal() + `"`, "The secret of grafana-readonly This is its current secret."},
			{v, w.secret.Reveal(), "An old secret of grafana-readonly Works until 21 Nov 2026, 21:52 UTC."},
			{v, secret.Reveal(), "The secret of foreign This is its current secret."},
			{m, secret.Reveal(), "No token found No token that you may see has this secret."},
			{m, console.NewSecret(foreign.GUID).Reveal(), "No token found No token that you may see has this secret."},
			{m, console.NewSecret(console.NewGUID()).Reveal(), "No token found No token that you may see has this secret."},
		} {
			a := find(test.v, test.text, http.StatusOK)
			if got := a.Text(".modal-head"); got != test.want {
				t.Errorf("found is %q, want %q", got, test.want)
			}
			dialog := find(test.v, test.text, http.StatusOK, webtest.HTMX("/tokens"))
			if got := dialog.Text("dialog .modal-head"); !strings.HasPrefix(got, test.want) {
				t.Errorf("with htmx, found is %q, want %q", got, test.want)
			}
		}
		a := find(v, current.Reveal(), http.StatusOK)
		if !a.Has(`a.btn[href="/tokens/`+string(w.token.GUID)+`"]`) || !strings.Contains(a.Text(".facts"), "Status Active") {
			t.Errorf("it does not lead to the record: %s", a.Text(".facts"))
		}
		for _, text := range []string{"x", current.Reveal()[:85], string(w.token.GUID)} {
			if got := find(v, text, http.StatusUnprocessableEntity).Text("#f-secret-err"); got != "This is not a whole token string: a character is missing or wrong." {
				t.Errorf("a broken string: %q", got)
			}
		}
		if strings.Contains(w.Log.String(), "lk_") {
			t.Error("a secret is in the log")
		}
		if a := v.Get("/tokens/find"); a.Attr("#f-secret", "type") != "password" || a.Attr("#f-secret", "autocomplete") != "off" {
			t.Error("the field shows what is pasted")
		}
		if a := v.Get("/tokens/find?secret=" + current.Reveal()); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/tokens/find" {
			t.Errorf("a secret in the address: %d to %s", a.Status, a.Header.Get("Location"))
		}
	})
}

// rotating rotates with an overlap until that time, or at once.
func rotating(name string, until time.Time) act {
	overlap, text := console.Overlap{Until: until}, "now"
	if !until.IsZero() {
		text = until.Format(time.RFC3339)
	}
	return act{
		name: name,
		verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
			_, _, err := svc.RotateToken(ctx, by, "", t.GUID, console.Rotation{Overlap: overlap})
			return err
		},
		command: func(t console.Token) []string {
			return []string{"token", "rotate", string(t.GUID), "--overlap", text}
		},
		form: func(v *webtest.Visitor, t console.Token) webtest.Form {
			page := v.Get(views.RotationPath("", t.GUID))
			if !page.Has("#rotation-form") {
				return plain(v, views.RotationPath("", t.GUID), "overlap", "now")
			}
			form := page.Form("#rotation-form")
			form.Values.Set("overlap", "now")
			if !until.IsZero() {
				form.Values.Set("overlap", views.OverlapUntil)
				form.Values.Set("until", until.Format(views.WallLayout))
			}
			return form
		},
	}
}
