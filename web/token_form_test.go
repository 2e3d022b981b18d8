package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
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

var tokenString = regexp.MustCompile(`[0-9a-f-]{36}~lk_[0-9A-Za-z]{49}`)

// filled is the form at path, with a name and a scope.
func filled(v *webtest.Visitor, path, name string, options ...webtest.Option) webtest.Form {
	form := v.Get(path, options...).Form("#token-form")
	form.Values.Set("name", name)
	form.Values["scopes"] = []string{"ReadAccess", "DeleteEvents"}
	return form
}

func TestCreatingAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get(list + "/new").Want(http.StatusOK)
		if got := page.Text("#token-form"); !strings.Contains(got, "Times are in UTC.") || !strings.Contains(got, "High risk") || page.Attr("#f-from", "min") != "2026-11-21T20:52" {
			t.Errorf("the form says %s", got)
		}
		form := filled(v, list+"/new", " settlement-replay ")
		form.Values.Set("description", "line one\nline two")
		form.Values.Set("valid_to", "2027-02-15T23:59")
		a := v.Submit(form).Want(http.StatusCreated)
		secrets := tokenString.FindAllString(a.Body, -1)
		if len(secrets) != 3 || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d secrets are shown, with Cache-Control %q", len(secrets), a.Header.Get("Cache-Control"))
		}
		secret := secrets[0]
		if marked := a.All(`input[data-secret], #secret[data-secret], #verify-command[data-secret]`); len(marked) != len(secrets) {
			t.Errorf("%d of %d places that hold the secret have the mark", len(marked), len(secrets))
		}
		for _, want := range []string{
			"settlement-replay is ready", "Copy its secret now. We keep only a hash, so it can’t be shown again.",
			"Anyone with this secret can use DeleteEvents and ReadAccess in web-logs until 15 Feb 2027.", "Now until 15 Feb 2027, 23:59 UTC",
			"curl -s -X POST -H 'Authorization: Bearer " + secret + "' '" + w.URL + "/verify'", "I’ve stored the secret",
		} {
			if !strings.Contains(a.Text("main"), want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if _, err := w.Service.Verify(t.Context(), secret, netip.Addr{}); err != nil {
			t.Errorf("the secret is worth nothing: %v", err)
		}
		file := v.Submit(a.Form(`form[action="/secret.env"]`)).Want(http.StatusOK)
		if file.Body != "LATCHKEY_TOKEN="+secret+"\n" || file.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file is %q, %v", file.Body, file.Header)
		}
		shown := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		if !strings.Contains(shown.Body, "line one\nline two") || tokenString.MatchString(shown.Body) {
			t.Error("the token's page lacks the description, or shows the secret")
		}
		again := v.Submit(form).Want(http.StatusOK)
		if tokenString.MatchString(again.Body) || !again.Has(`a[href="`+a.Header.Get("Location")+`"]`) || !strings.Contains(again.Text("main"), "was already created") {
			t.Errorf("saving again says %s", again.Text("main"))
		}
		if strings.Contains(w.Log.String(), secret[40:]) {
			t.Error("the secret is in the log")
		}
	})
}

func TestCreatingATokenWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		here := webtest.HTMX(list + "?sort=created&dir=desc&limit=25")
		dialog := v.Get(list+"/new", here).Want(http.StatusOK)
		if !dialog.Has("dialog[data-modal] #token-form[hx-post]") || dialog.Has("main") {
			t.Fatal("no dialog")
		}
		form := dialog.Form("#token-form")
		refused := v.Submit(form, here).Want(http.StatusUnprocessableEntity)
		if !refused.Has("#token-form") || refused.Has("dialog") || refused.Text("#f-name-err") != "Give the token a name." ||
			refused.Text("#f-scopes-err") != "Choose at least one scope." || refused.Attr("#f-name", "aria-invalid") != "true" {
			t.Errorf("an empty form: %.600s", refused.Body)
		}
		form.Values.Set("name", "GRAFANA-readonly")
		form.Values.Set("scopes", "ReadAccess")
		clash := v.Submit(form, here).Want(http.StatusConflict)
		if clash.Text(`hx-partial[hx-target="#token-form"] #f-name-err`) != "This repository already has a token with that name." {
			t.Errorf("a taken name: %.300s", clash.Body)
		}
		form.Values.Set("name", "new-one")
		a := v.Submit(form, here).Want(http.StatusCreated)
		if !a.Has("dialog[data-guard] #secret") || len(tokenString.FindAllString(a.Body, -1)) != 3 {
			t.Errorf("the answer is %.300s", a.Body)
		}
		if got := a.Texts(`hx-partial[hx-target="#token-list"] .nm`); !slices.Contains(got, "new-one") {
			t.Errorf("the list shows %q", got)
		}
		if a.Header.Get("HX-Push-Url") != "" {
			t.Error("the secret gets an address")
		}
		again := v.Submit(form, here).Want(http.StatusOK)
		if tokenString.MatchString(again.Body) || !again.Has("dialog[data-modal]") {
			t.Error("saving again shows another thing")
		}
	})
}

func TestWhatIsWrongIsSaidBesideItsField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for _, test := range []struct {
			field, value, at, want string
		}{
			{"name", "", "#f-name-err", "Give the token a name."},
			{"name", strings.Repeat("ä", 254), "#f-name-err", "The name is longer than 253 characters."},
			{"name", "evil\u202etxt", "#f-name-err", "The name has characters that can’t be shown."},
			{"name", "nul\x00", "#f-name-err", "The name has characters that can’t be shown."},
			{"description", strings.Repeat("x", 501), "#f-desc-err", "The description is longer than 500 characters."},
			{"scopes", "", "#f-scopes-err", "Choose at least one scope."},
			{"scopes", "ManageCluster", "#f-scopes-err", "A token of type repository can’t have ManageCluster."},
			{"scopes", "NoSuchScope", "#f-scopes-err", "There is no scope “NoSuchScope”."},
			{"valid_from", "2026-11-21T20:51", "#f-from-err", "Valid from can’t be in the past."},
			{"valid_to", "2026-11-21T20:52", "#f-to-err", "Valid to must be in the future."},
			{"valid_to", "2026-02-30T00:00", "#f-to-err", "Enter the whole date and time."},
			{"valid_to", "9999-01-01T00:00", "#f-to-err", "Choose an earlier date, or no end date."},
			{"owner", string(console.NewGUID()), "#f-owner-err", "There is no such person."},
			{"guid", string(console.NewGUID()), "#f-guid-err", "That GUID was not handed out to you. Here is a fresh one."},
			{"guid_seal", "AAAA", "#f-guid-err", "That GUID was not handed out to you. Here is a fresh one."},
		} {
			form := filled(v, list+"/new", "fresh-name")
			form.Values.Set(test.field, test.value)
			if test.field == "scopes" && test.value == "" {
				form.Values.Del("scopes")
			}
			a := v.Submit(form).Want(http.StatusUnprocessableEntity)
			if got := a.Text(test.at); got != test.want {
				t.Errorf("%s %.20q: %q, want %q", test.field, test.value, got, test.want)
			}
			if test.field != "name" && a.Attr("#f-name", "value") != "fresh-name" {
				t.Errorf("%s: the form is not as typed", test.field)
			}
			if strings.HasPrefix(test.field, "guid") {
				next := a.Form("#token-form")
				if next.Values.Get("guid") == form.Values.Get("guid") {
					t.Error("the refused GUID is offered again")
				}
				next.Values.Set("name", "fresh-"+test.field)
				v.Submit(next).Want(http.StatusCreated)
			}
		}
		form := filled(v, list+"/new", "both")
		form.Values.Set("valid_from", "2026-12-01T00:00")
		form.Values.Set("valid_to", "2026-12-01T00:00")
		if got := v.Submit(form).Text("#f-to-err"); got != "Valid to must be later than Valid from." {
			t.Errorf("an empty span: %q", got)
		}
		form = filled(v, list+"/new", "")
		form.Values.Set("valid_from", "nonsense")
		a := v.Submit(form)
		if a.Text("#f-name-err") == "" || a.Text("#f-from-err") == "" {
			t.Error("not everything that is wrong is said at once")
		}
	})
}

// TestAGUIDBelongsToItsSession: one handed out to somebody else is refused.
func TestAGUIDBelongsToItsSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		mine, theirs := w.SignedIn(w.owner), w.SignedIn(w.User("Adam", console.RoleAdministrator))
		form := filled(mine, list+"/new", "borrowed")
		other := filled(theirs, list+"/new", "borrowed")
		other.Values["guid"], other.Values["guid_seal"] = form.Values["guid"], form.Values["guid_seal"]
		theirs.Submit(other).Want(http.StatusUnprocessableEntity)
		mine.Submit(form).Want(http.StatusCreated)
		// The same GUID with other content is another request.
		form.Values.Set("name", "something-else")
		a := mine.Submit(form).Want(http.StatusConflict)
		if a.Text("#f-guid-err") != "A token with this GUID exists already." || a.Form("#token-form").Values.Get("guid") == form.Values.Get("guid") {
			t.Errorf("a used GUID: %q", a.Text("#f-guid-err"))
		}
	})
}

func TestTheFormChangesAsAsked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := filled(v, "/tokens/new", "kept")
		form.Values.Set("repository", "web-logs")

		regenerated := v.Post("/tokens/new", with(form.Values, "action", "regenerate")).Want(http.StatusOK).Form("#token-form")
		if regenerated.Values.Get("guid") == form.Values.Get("guid") || regenerated.Values.Get("name") != "kept" || regenerated.Values.Get("repository") != "web-logs" {
			t.Errorf("regenerating gives %v", regenerated.Values)
		}
		swap := v.Post("/tokens/new?field=guid", form.Values, webtest.HTMX("/tokens")).Want(http.StatusOK)
		if swap.Attr("#f-guid", "value") == form.Values.Get("guid") || !swap.Has(`hx-partial #guid-seal`) || swap.Has("#f-name") {
			t.Errorf("regenerating with htmx gives %s", swap.Body)
		}
		typed := with(form.Values, "guid", swap.Attr("#f-guid", "value"))
		typed.Set("guid_seal", swap.Attr("#guid-seal", "value"))

		system := v.Post("/tokens/new", with(typed, "type", "system")).Want(http.StatusOK)
		if !system.Has(`input[value="ManageCluster"]`) || system.Has(`input[value="ReadAccess"]`) || system.Has("#f-repository") ||
			system.Form("#token-form").Values.Get("guid") != typed.Get("guid") {
			t.Error("another type does not bring its scopes")
		}
		part := v.Post("/tokens/new?field=scopes", with(typed, "type", "system"), webtest.HTMX("/tokens")).Want(http.StatusOK)
		if !part.Has("#token-what") || !part.Has(`input[value="ManageCluster"]`) || part.Has("#f-name") {
			t.Error("htmx gets more, or less, than what changes")
		}
		final := system.Form("#token-form").Values
		final["scopes"] = []string{"ReadHealthCheck"}
		v.Post("/tokens", final).Want(http.StatusCreated)
		if got := v.Get("/tokens?type=system").Text("td.c-name"); got != "kept System · ReadHealthCheck" {
			t.Errorf("the token is %q", got)
		}
		v.Post("/tokens", with(filled(v, "/tokens/new", "homeless").Values, "repository", "no-such")).Want(http.StatusUnprocessableEntity)
	})
}

func with(values url.Values, name, value string) url.Values {
	copied := url.Values{}
	for key, all := range values {
		copied[key] = slices.Clone(all)
	}
	copied.Set(name, value)
	return copied
}

func TestALinkFillsTheForm(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	v := w.SignedIn(w.owner)
	form := v.Get(list + "/new?name=ci-deploy&scopes=ReadAccess,ChangeFiles&scopes=Nonsense&valid_to=2027-01-31&owner=me&guid=x").Form("#token-form")
	if form.Values.Get("name") != "ci-deploy" || !slices.Equal(form.Values["scopes"], []string{"ReadAccess", "ChangeFiles"}) || form.Values.Get("valid_to") != "2027-01-31T23:59" {
		t.Errorf("the form is %v", form.Values)
	}
	for _, junk := range []string{"valid_to=soon", "valid_to=2027-02-31", "name=%00&scopes=%ff"} {
		v.Get(list + "/new?" + junk).Want(http.StatusOK)
	}
}

// TestDatesAreReadInTheZoneOfTheForm, even when the browser moves meanwhile.
func TestDatesAreReadInTheZoneOfTheForm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		v.SetCookie("zone", "America/New_York")
		form := filled(v, list+"/new", "zoned")
		if form.Values.Get("zone") != "America/New_York" {
			t.Fatalf("the form's zone is %q", form.Values.Get("zone"))
		}
		form.Values.Set("valid_from", "2026-12-01T09:00")
		v.SetCookie("zone", "Asia/Tokyo")
		a := v.Submit(form).Want(http.StatusCreated)
		guid, _ := console.ParseGUID(form.Values.Get("guid"))
		token, err := w.Service.GetToken(t.Context(), console.System("test"), "", guid)
		if err != nil || !token.ValidFrom.Equal(time.Date(2026, 12, 1, 14, 0, 0, 0, time.UTC)) {
			t.Errorf("valid from %s, %v: %s", token.ValidFrom, err, a.Text("main"))
		}
		form = filled(v, list+"/new", "skipped")
		form.Values.Set("zone", "Europe/Berlin")
		form.Values.Set("valid_from", "2027-03-28T02:30")
		if got := v.Submit(form).Text("#f-from-err"); got != "The clocks skip that time on that day. Choose another." {
			t.Errorf("a time that is not: %q", got)
		}
	})
}

// TestManySavesMakeOneToken, and show one secret.
func TestManySavesMakeOneToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := filled(v, list+"/new", "pressed-often")
		const n = 32
		answers := make([]*webtest.Answer, n)
		var all sync.WaitGroup
		for i := range n {
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
				t.Errorf("one save gives %d", a.Status)
			}
		}
		if got := names(v.Get(list + "?q=pressed-often")); shown != 1 || len(got) != 1 {
			t.Errorf("%d secrets were shown, and the list has %q", shown, got)
		}
	})
}

// TestOnlyTheFormsFieldsCount: nothing else that is sent reaches the token.
func TestOnlyTheFormsFieldsCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := w.Repository("other-logs")
		adam := w.User("Adam", console.RoleAdministrator)
		v := w.SignedIn(adam)
		form := filled(v, list+"/new", "assigned")
		for name, value := range map[string]string{
			"created_by": string(w.owner.GUID), "creator": string(w.owner.GUID), "repository_id": string(other.GUID),
			"repositories": string(other.GUID), "hash": "x", "revoked_at": "1", "created_at": "1", "status": "revoked",
		} {
			v.Submit(webtest.Form{Action: form.Action, Values: with(form.Values, name, value)}).Want(http.StatusUnprocessableEntity)
		}
		for name, value := range map[string]string{"repository": "other-logs", "type": "system", "version": "9"} {
			form.Values.Set(name, value) // what the same form has elsewhere
		}
		v.Submit(form).Want(http.StatusCreated)
		guid, _ := console.ParseGUID(form.Values.Get("guid"))
		token, err := w.Service.GetToken(t.Context(), console.System("test"), w.logs.GUID, guid)
		if err != nil || token.Creator.GUID != adam.GUID || token.Type != console.TypeRepository || len(token.Repositories) != 1 ||
			token.Version != 1 || !token.RevokedAt.IsZero() || !token.CreatedAt.Equal(w.Now()) {
			t.Errorf("%+v, %v", token, err)
		}
	})
}

func TestTheCommandNamesWhereServicesReachUs(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	public, err := url.Parse("https://console.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*web.Options){
		"https://console.example.com/verify": func(o *web.Options) { o.PublicURL = public },
		"http://127.0.0.1:8080/verify":       func(o *web.Options) { o.Listen = "[::]:8080" },
		"http://192.0.2.1:80/verify":         func(o *web.Options) { o.Listen = "192.0.2.1:80" },
	} {
		site := webtest.New(t, st, change)
		if got := site.Server.BaseURL() + "/verify"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
