package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

// asks sets a policy, whatever it finds.
func asks(w world, p console.Policy) {
	w.T.Helper()
	policies, err := w.Service.Policies(context.Background())
	if err == nil {
		_, err = w.Service.UpdatePolicy(context.Background(), by(w.owner), policies.Of(p.Type).Version, p, true)
	}
	if err != nil {
		w.T.Fatal(err)
	}
}

func TestThePoliciesPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		asks(w, console.Policy{Type: console.TypeSystem, MaximumDays: 90, IPFilterRequired: true, PermissionsFixed: true})
		page := w.SignedIn(w.owner).Get(views.PoliciesPath()).Want(http.StatusOK)
		for selector, want := range map[string]string{
			"#policy-system dl":     "New tokens Not allowed Maximum lifetime 90 days IP filter Required Permissions Stay as they were given",
			"#policy-repository dl": "New tokens Allowed Maximum lifetime No limit IP filter Optional Permissions Can be changed later",
			"#policy-personal dl":   "New tokens Allowed Maximum lifetime No limit IP filter Optional",
			"#policy-personal h3":   "Personal", "#edit-policy-dashboard_link": "Edit",
		} {
			if got := page.Text(selector); got != want {
				t.Errorf("%s says %q, want %q", selector, got, want)
			}
		}
		if page.Attr(`.side a[href="/settings"]`, "aria-current") != "page" || page.Attr(`.subnav a[href="/settings/policies"]`, "aria-current") != "page" {
			t.Error("the menus do not lead here")
		}
		auditor := w.SignedIn(w.User("Aude", console.RoleAuditor)).Get(views.PoliciesPath()).Want(http.StatusOK)
		if auditor.Has("#edit-policy-system") || !auditor.Has("#policy-system") {
			t.Error("an auditor sees nothing or is offered changes")
		}
	})
}

func TestEditingAPolicy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, here := w.SignedIn(w.owner), webtest.HTMX(views.PoliciesPath())
		path := views.PolicyPath(console.TypeRepository)
		form := v.Get(path + "/edit").Want(http.StatusOK).Form("#policy-form")
		late := form
		late.Values = url.Values{"csrf": form.Values["csrf"], "version": {"0"}, "allowed": {"yes"}, "maximum": {"30"}, "permissions_fixed": {"yes"}}
		if form.Values.Get("allowed") != "yes" || form.Values.Has("ip_filter_required") || form.Values.Get("maximum") != "" {
			t.Errorf("it begins with %v", form.Values)
		}
		for _, typed := range []string{"x", "0", "-3", "4000", "1.5"} {
			form.Values.Set("maximum", typed)
			if a := v.Submit(form, here).Want(http.StatusUnprocessableEntity); a.Text("#f-maximum-err") == "" || a.Attr("#f-maximum", "value") != typed || a.Has("dialog") {
				t.Errorf("%s: %.200s", typed, a.Text("#policy-form"))
			}
		}
		form.Values.Set("maximum", "90")
		preview := webtest.Form{Action: path + "/preview", Values: form.Values}
		region := v.Submit(preview, here, webtest.Header("HX-Target", "div#policy-preview")).Want(http.StatusOK)
		if !strings.HasPrefix(region.Text("#policy-preview"), "1 token doesn’t fit. It stays as it is. 1 token without an end within 90 days from now.") || region.Has("form") ||
			region.Attr(`#policy-preview li a`, "href") != views.TokenPath("", w.token.GUID) {
			t.Errorf("the preview is %s", region.Body)
		}
		if page := v.Submit(preview).Want(http.StatusOK); !page.Has(`main #policy-form input[name="confirm"]:not([checked])`) || !strings.Contains(page.Body, strings.TrimSpace(w.token.Name)) {
			t.Errorf("without htmx the preview is %s", page.Text("main"))
		}
		asked := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if asked.Text("#f-confirm-err") != "Confirm that 1 token that doesn’t fit stays as it is." || asked.Attr("#f-maximum", "value") != "90" {
			t.Errorf("unconfirmed: %s", asked.Text("#policy-form"))
		}
		confirmed := asked.Form("#policy-form")
		confirmed.Values.Set("confirm", asked.Attr(`input[name="confirm"]`, "value"))
		confirmed.Values.Set("maximum", "60")
		if a := v.Submit(confirmed).Want(http.StatusUnprocessableEntity); a.Has(`input[name="confirm"][checked]`) || a.Text("#f-confirm-err") == "" {
			t.Errorf("what was confirmed of another policy counts: %s", a.Text("#policy-form"))
		}
		confirmed.Values.Set("maximum", "90")
		done := v.Submit(confirmed, here).Want(http.StatusOK)
		if !strings.Contains(done.Text(`hx-partial[hx-target="#policy-repository"]`), "90 days") || done.Text("hx-partial strong") != "Policy saved" {
			t.Errorf("the answer is %s", done.Body)
		}
		stale := v.Submit(late, here).Want(http.StatusConflict)
		if got := stale.Text("#f-maximum-now"); got != "Stored now: 90 days" || stale.Attr("#f-maximum", "value") != "30" || stale.Text("#f-rules-now") != "Stored now: Permissions: Can be changed later." {
			t.Errorf("an older form: %q, %s", got, stale.Text("#policy-form"))
		}
		again := stale.Form("#policy-form")
		again.Values.Set("confirm", stale.Attr(`input[name="confirm"]`, "value"))
		if a := v.Submit(again).Want(http.StatusSeeOther); a.Header.Get("Location") != views.PoliciesPath() {
			t.Errorf("it leaves for %s", a.Header.Get("Location"))
		}
		if kept, err := w.Service.GetToken(t.Context(), by(w.owner), "", w.token.GUID); err != nil || kept.Version != 1 || !kept.ValidTo.IsZero() {
			t.Errorf("the token became %+v, %v", kept, err)
		}
		v.Get(views.PolicyEditPath("odd")).Want(http.StatusNotFound)
		v.Post(views.PolicyPath("odd"), url.Values{"csrf": {v.CSRF()}}).Want(http.StatusNotFound)
	})
}

func TestFormsShowThePolicy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		short, _ := w.Token(w.logs, w.owner, "short", func(n *console.NewToken) { n.ValidTo = webtest.Start.Add(48 * time.Hour) })
		long, _ := w.Token(w.logs, w.owner, "long", func(n *console.NewToken) { n.ValidTo = webtest.Start.Add(4000 * 24 * time.Hour) })
		asks(w, console.Policy{Type: console.TypeRepository, Allowed: true, MaximumDays: 60, PermissionsFixed: true})
		v := w.SignedIn(w.owner)
		page := v.Get(list + "/new").Want(http.StatusOK)
		const limit = "2027-01-20T20:52"
		if got := page.Text("#f-to-hint"); got != "At most 60 days: until 20 Jan 2027, 20:52." || page.Attr("#f-to", "max") != limit || page.Attr("#f-to", "data-latest") != limit ||
			!page.Has("#f-to[required]") || page.Attr(`calendar-date[data-for="f-to"]`, "max") != "2027-01-20" || page.Has(`calendar-date[data-for="f-from"][max]`) {
			t.Errorf("the limit is %q, %s", got, page.Attr("#f-to", "max"))
		}
		if got := page.Texts("[data-preset]"); !slices.Equal(got, []string{"7 days", "30 days", "60 days"}) {
			t.Errorf("the presets are %q", got)
		}
		form := page.Form("#token-form")
		form.Values.Set("name", "new")
		form.Values["scopes"] = []string{"ReadAccess"}
		for to, want := range map[string]int{"": 422, "2027-01-20T20:53": 422, limit: 201} {
			form.Values.Set("valid_to", to)
			if a := v.Submit(form).Want(want); want == 422 && !strings.Contains(a.Text("#f-to-err"), "at most 60 days") {
				t.Errorf("an end at %q: %s", to, a.Text("#f-to-err"))
			}
			form = v.Get(list + "/new").Form("#token-form")
			form.Values.Set("name", "other")
			form.Values["scopes"] = []string{"ReadAccess"}
		}
		typed := form
		typed.Action = "/tokens/new?field=scopes"
		typed.Values.Set("type", "repository")
		typed.Values.Set("valid_to", "2026-12-01T10:00")
		swap := v.Submit(typed, webtest.HTMX("/tokens/new")).Want(http.StatusOK)
		if swap.Attr(`hx-partial[hx-target="#token-validity"] #f-to`, "max") != limit || swap.Attr("#f-to", "value") != "2026-12-01T10:00" || !strings.Contains(swap.Text("#token-what .callout"), "choose them with care") {
			t.Errorf("the choice of a type answers %s", swap.Body)
		}
		typed.Values.Set("type", "system")
		if swap := v.Submit(typed, webtest.HTMX("/tokens/new")).Want(http.StatusOK); swap.Has("#f-to[max]") || swap.Has("#token-what .callout") {
			t.Errorf("the choice of another type answers %s", swap.Body)
		}
		if copied := v.Get(list + "/new?copy=" + string(long.GUID)).Want(http.StatusOK); copied.Attr("#f-to", "value") != limit {
			t.Errorf("a copy of a longer one ends at %s", copied.Attr("#f-to", "value"))
		}
		edit := v.Get(views.TokenEditPath("web-logs", long.GUID)).Want(http.StatusOK)
		if edit.Attr("#f-to", "max") != "2037-11-03T20:52" || edit.Has("#f-to[required]") || !strings.HasSuffix(edit.Text("#f-to-hint"), "The present end may stay.") {
			t.Errorf("one that lasts longer: %s, %q", edit.Attr("#f-to", "max"), edit.Text("#f-to-hint"))
		}
		if edit.Has(`input[name="scopes"]`) || edit.Text("#f-scopes .scope") != "ReadAccess" {
			t.Error("its scopes can be chosen")
		}
		v.Submit(edit.Form("#token-form")).Want(http.StatusSeeOther)
		changed := v.Get(views.TokenEditPath("web-logs", short.GUID)).Form("#token-form")
		changed.Values["scopes"] = []string{"ChangeFiles"}
		if a := v.Submit(changed).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("#f-scopes-err"), "as they were given") {
			t.Errorf("other scopes: %s", a.Text("#f-scopes"))
		}
		bulk := url.Values{"csrf": {v.CSRF()}, "verb": {"extend"}, "guid": {string(short.GUID)}, "zone": {"UTC"}, "valid_to": {"2027-06-01T00:00"}}
		if a := v.Post(list+"/bulk", bulk).Want(http.StatusOK); !strings.Contains(a.Text("main"), "allows at most 60 days") || a.Has("#bulk-save button") {
			t.Errorf("extending it beyond: %s", a.Text("main"))
		}
	})
}

func TestTypesThatAreNotAllowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, admin := w.SignedIn(w.owner), w.SignedIn(w.User("Ada", console.RoleAdministrator))
		stale := v.Get("/tokens/new").Form("#token-form")
		none := console.Policy{Type: console.TypeRepository}
		asks(w, none)
		asks(w, console.Policy{Type: console.TypeSystem})
		page := v.Get("/tokens/new").Want(http.StatusOK)
		if got := page.Texts("#f-type option"); !slices.Equal(got, []string{"Organization", "Organization management"}) || page.Text("#f-type-hint") != "Not allowed by the organization’s policies: repository, system." {
			t.Errorf("offered are %q: %s", got, page.Text("#f-type-hint"))
		}
		stale.Values.Set("name", "late")
		stale.Values.Set("repository", "web-logs")
		stale.Values["scopes"] = []string{"ReadAccess"}
		if a := v.Submit(stale).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("#f-type-err"), "allows no new tokens") || !a.Has(`#f-type option[value="repository"][disabled][selected]`) {
			t.Errorf("a form of before: %s", a.Text("#token-form"))
		}
		for _, path := range []string{list + "/new", "/tokens/new?copy=" + string(w.token.GUID)} {
			a := v.Get(path).Want(http.StatusOK)
			if !strings.HasPrefix(a.Text("main h2"), "No new repository tokens") || a.Has("#token-form") || a.Attr(".btn-primary", "href") != views.PoliciesPath() {
				t.Errorf("%s: %s", path, a.Text("main"))
			}
			if b := admin.Get(path).Want(http.StatusOK); !strings.Contains(b.Text("main"), "An owner can change that.") || b.Has(".btn-primary") {
				t.Errorf("%s for an administrator: %s", path, b.Text("main"))
			}
		}
		dialog := v.Get(list+"/new", webtest.HTMX(list)).Want(http.StatusOK)
		if !dialog.Has("dialog") || dialog.Has("nav") {
			t.Error("the dialog is a page")
		}
		edit := v.Get(tokenPath(w) + "/edit").Want(http.StatusOK)
		if !strings.Contains(edit.Text(".callout"), "can’t be made to last longer or to do more") {
			t.Errorf("the edit form says %s", edit.Text(".callout"))
		}
		more := edit.Form("#token-form")
		more.Values["scopes"] = []string{"ReadAccess", "ChangeFiles"}
		if a := v.Submit(more).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text(".callout-bad"), "any more") {
			t.Errorf("widening: %s", a.Text("#token-form"))
		}
		none.Allowed, none.IPFilterRequired = true, true
		asks(w, none)
		if a := v.Get(list + "/new").Want(http.StatusOK); !strings.Contains(a.Text(".callout"), "asks for an IP filter") {
			t.Errorf("the form says %s", a.Text(".callout"))
		}
	})
}

// TestAnIPFilterThatIsAskedForIsAField: the form says what the policy asks for
// where it is chosen, also after the choice of another type.
func TestAnIPFilterThatIsAskedForIsAField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		filter, err := w.Service.CreateIPFilter(t.Context(), by(w.owner), console.NewIPFilter{Name: "egress", Text: "allow 192.0.2.0/24"})
		if err != nil {
			t.Fatal(err)
		}
		filtered, _ := w.Token(w.logs, w.owner, "filtered", func(n *console.NewToken) { n.IPFilter = filter.GUID })
		asks(w, console.Policy{Type: console.TypeRepository, Allowed: true, IPFilterRequired: true})
		v := w.SignedIn(w.owner)
		needs := func(a *webtest.Answer, where string, want bool) {
			t.Helper()
			first, optional := "None: every address", a.Has(`label[for="f-ip-filter"] .opt`)
			if want {
				first = "Choose an IP filter"
			}
			if a.Has("#f-ip-filter[required]") != want || optional == want || a.Text(`#f-ip-filter option[value=""]`) != first || a.Attr("#f-ip-filter", "data-need") == "" {
				t.Errorf("%s: %s, optional %v", where, a.Text("#f-ip-filter"), optional)
			}
		}
		page := v.Get(list + "/new").Want(http.StatusOK)
		needs(page, "a new token", true)
		needs(v.Get(views.TokenEditPath("web-logs", filtered.GUID)), "a change of one that has a filter", true)
		needs(v.Get(tokenPath(w)+"/edit"), "a change of one without", false)
		form := page.Form("#token-form")
		form.Action = "/tokens/new?field=scopes"
		for kind, want := range map[string]bool{"repository": true, "system": false} {
			form.Values.Set("type", kind)
			swap := v.Submit(form, webtest.HTMX("/tokens/new")).Want(http.StatusOK)
			needs(swap, "the choice of "+kind, want)
			if !swap.Has(`hx-partial[hx-target="#token-ip-filter"] #f-ip-filter`) {
				t.Errorf("the choice of %s leaves the field as it is", kind)
			}
		}
	})
}
