package web_test

import (
	"net/http"
	"net/netip"
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

// TestADashboardAndItsLinks registers a dashboard, links to it, and ends both, as a
// browser without JavaScript does.
func TestADashboardAndItsLinks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		const settings = "/repositories/web-logs/settings/"
		form := v.Get(settings + "assets/new?type=Dashboard").Want(http.StatusOK).Form("#asset-form")
		form.Values.Set("name", "Errors by host")
		asset := v.Submit(form).Want(http.StatusSeeOther).Header.Get("Location")
		v.Submit(form).Want(http.StatusConflict)
		if list := v.Get(settings + "dashboards").Want(http.StatusOK); list.Text(".rows .nm") != "Errors by host" || list.Text(".rows small") != "0 links, 0 tokens with rights" {
			t.Errorf("listed is %q", list.Text(".rows"))
		}
		if found := v.Get(settings + "assets?q=nothing").Want(http.StatusOK); !strings.Contains(found.Text(".empty"), "Nothing matches") {
			t.Errorf("a search finds %q", found.Text(".card"))
		}

		edit := v.Get(asset + "/edit").Want(http.StatusOK).Form("#asset-form")
		edit.Values.Set("name", "Errors")
		v.Submit(edit).Want(http.StatusSeeOther)
		if stale := v.Submit(edit).Want(http.StatusConflict); !strings.Contains(stale.Text(".callout"), "It is now called Errors") {
			t.Errorf("an older form is answered %q", stale.Text("#asset-form"))
		}

		link := v.Get(asset + "/links/new").Want(http.StatusOK).Form("#link-form")
		if a := v.Submit(link).Want(http.StatusUnprocessableEntity); a.Text("#f-name-err") != "Give the token a name." {
			t.Errorf("without a name it says %q", a.Text("#f-name-err"))
		}
		link.Values.Set("name", "wall display")
		made := v.Submit(link).Want(http.StatusCreated)
		secret := made.Attr("#secret", "value") + made.Text("#secret")
		if found, err := w.Service.Verify(t.Context(), secret, netip.Addr{}); err != nil || !found.Active || found.Token.Type != console.TypeDashboardLink {
			t.Errorf("the link %q is worth %+v, %v", secret, found, err)
		}
		if !strings.Contains(made.Text(".callout"), "Anyone with this link can see the dashboard Errors") {
			t.Errorf("the warning is %q", made.Text(".callout"))
		}
		v.Submit(link).Want(http.StatusOK)
		page := v.Get(asset).Want(http.StatusOK)
		if strings.Contains(page.Body, secret) || page.Text("#links .nm") != "wall display" {
			t.Errorf("the links are %q", page.Text("#links"))
		}
		filter := w.filter
		change := v.Get(page.Attr("#links .ibtn", "href")).Want(http.StatusOK).Form("#link-edit-form")
		if change.Values.Get("ownership") != string(console.OwnershipUser) || change.Values.Get("ip_filter") != "" {
			t.Errorf("a new link is offered as %v", change.Values)
		}
		change.Values.Set("ownership", string(console.OwnershipOrganization))
		change.Values.Set("ip_filter", string(filter.GUID))
		v.Submit(change).Want(http.StatusSeeOther)
		if page := v.Get(asset); !strings.Contains(page.Text("#links small:last-of-type"), "queries run as the organization, IP filter "+filter.Name) {
			t.Errorf("the changed link is %q", page.Text("#links"))
		}
		change.Values.Set("ip_filter", "")
		stale := v.Submit(change).Want(http.StatusConflict)
		if again := stale.Form("#link-edit-form"); !strings.Contains(stale.Text(".callout"), "its IP filter is "+filter.Name) || again.Values.Get("ip_filter") != "" || again.Values.Get("version") == change.Values.Get("version") {
			t.Errorf("an older form is answered %q, %v", stale.Text("#link-edit-form"), again.Values)
		}
		v.Submit(stale.Form("#link-edit-form")).Want(http.StatusSeeOther)
		if wrong := v.Post(change.Action, with(with(change.Values, "ownership", "Nobody"), "version", "3")).Want(http.StatusUnprocessableEntity); wrong.Text("#f-ownership-err") != "Choose as whom its queries run." {
			t.Errorf("an unknown ownership is answered %q", wrong.Text("#link-edit-form"))
		}
		deletion := v.Get(page.Attr("#links .ibtn-bad", "href")).Want(http.StatusOK).Form("#link-deletion-form")
		v.Submit(deletion).Want(http.StatusSeeOther)
		v.Submit(deletion).Want(http.StatusNotFound)

		v.Submit(v.Get(asset + "/deletion").Want(http.StatusOK).Form("#asset-deletion-form")).Want(http.StatusSeeOther)
		v.Get(asset).Want(http.StatusNotFound)
	})
}

// TestFormsOpenAsDialogs: with JavaScript the forms of assets, links and the personal
// token open over their page, come back alone with what is wrong, and show the secret
// over what lists its token.
func TestFormsOpenAsDialogs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		dashboard, err := w.Service.CreateAsset(t.Context(), by(w.owner), console.NewAsset{Repository: w.logs.GUID, Type: console.AssetDashboard, Name: "Errors", Resource: "errors"})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Service.CreateDashboardLink(t.Context(), by(w.owner), console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: dashboard.GUID, Name: "wall"})
		if err != nil {
			t.Fatal(err)
		}
		list, asset, account := views.DashboardsPath("web-logs"), views.AssetPath(dashboard), views.AccountPath()
		show := v.Get(asset)
		for _, c := range []struct {
			page, path, form string
			// wrong is what makes the form come back, region what is behind a new secret.
			wrong  string
			region string
		}{
			{list, views.NewAssetPath("web-logs", console.AssetDashboard), "#asset-form", "name", ""},
			{asset, views.AssetEditPath(dashboard), "#asset-form", "name", ""},
			{asset, views.AssetDeletionPath(dashboard), "#asset-deletion-form", "", ""},
			{asset, views.NewDashboardLinkPath(dashboard), "#link-form", "name", "#links"},
			{asset, show.Attr("#links .ibtn", "href"), "#link-edit-form", "ownership", ""},
			{asset, show.Attr("#links .ibtn-bad", "href"), "#link-deletion-form", "", ""},
			{account, views.NewPersonalTokenPath(), "#personal-token-form", "guid", "#personal-token"},
			{account, views.PersonalRotationPath(), "#personal-rotation-form", "", "#personal-token"},
			{account, views.PersonalRevocationPath(), "#personal-revocation-form", "", ""},
		} {
			if opener := v.Get(c.page).Attr(`a[hx-get="`+c.path+`"]`, "hx-target"); opener != "#modal-root" {
				t.Errorf("%s opens %s in %q", c.page, c.path, opener)
			}
			opened := v.Get(c.path, webtest.HTMX(c.page)).Want(http.StatusOK)
			if !opened.Has("dialog") || opened.Has("nav") {
				t.Errorf("%s is no dialog: %.300s", c.path, opened.Body)
			}
			form := opened.Form(c.form)
			if c.wrong != "" {
				back := v.Post(form.Action, with(form.Values, c.wrong, "?"+strings.Repeat("x", 300)), webtest.HTMX(c.page)).Want(http.StatusUnprocessableEntity)
				if back.Has("dialog") || !back.Has(c.form+"[hx-target='#modal-root']") {
					t.Errorf("%s comes back as %.300s", c.path, back.Body)
				}
			}
			if c.region == "" {
				continue
			}
			if form.Values.Has("name") {
				form.Values.Set("name", "hall")
			}
			made := v.Submit(form, webtest.HTMX(c.page)).Want(http.StatusCreated)
			if !made.Has("dialog #secret") || !strings.Contains(made.Body, `hx-target="`+c.region+`"`) || made.Has("nav") {
				t.Errorf("%s is answered %.300s", c.path, made.Body)
			}
		}
	})
}

// TestNewSecretsWorkNow: that is said of them, however long it took to make them.
func TestNewSecretsWorkNow(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	board, err := w.Service.CreateAsset(t.Context(), by(w.owner), console.NewAsset{Repository: w.logs.GUID, Type: console.AssetDashboard, Name: "Traffic"})
	if err != nil {
		t.Fatal(err)
	}
	w.Tick(time.Millisecond)
	link := v.Get(views.NewDashboardLinkPath(board)).Want(http.StatusOK).Form("#link-form")
	link.Values.Set("name", "lobby")
	for name, form := range map[string]webtest.Form{
		"a token": filled(v, list+"/new", "slow"), "a link": link, "a personal token": v.Get("/account/token/new").Form("#personal-token-form"),
	} {
		if made := v.Submit(form).Want(http.StatusCreated); !strings.Contains(made.Text("main dl"), "Valid Now, with no end date") {
			t.Errorf("of %s is said: %s", name, made.Text("main dl"))
		}
	}
}

// TestATokenOfSeveralRepositories makes one with rights on single assets, copies it
// and takes rights away.
func TestATokenOfSeveralRepositories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, app := w.SignedIn(w.owner), w.Repository("app-logs")
		asset, err := w.Service.CreateAsset(t.Context(), by(w.owner), console.NewAsset{Repository: app.GUID, Type: console.AssetFile, Name: "hosts.csv", Resource: "hosts"})
		if err != nil {
			t.Fatal(err)
		}
		form := filled(v, "/tokens/new", "both")
		form.Values["repository"] = []string{"web-logs", "app-logs"}
		offered := v.Post("/tokens/new", form.Values).Want(http.StatusOK).Form("#token-form")
		if got := offered.Values["repository"]; len(got) != 2 {
			t.Errorf("chosen are %q", got)
		}
		if got := v.Post("/tokens/new", form.Values).Text("#f-assets .optrow"); got != "UpdateAsset hosts.csv in app-logs" {
			t.Errorf("a right is called %q", got)
		}
		offered.Values["assets"] = []string{"", "UpdateAsset hosts", "DeleteAsset hosts"}
		v.Post("/tokens", with(offered.Values, "repository", "no-such")).Want(http.StatusUnprocessableEntity)
		if made := v.Submit(offered).Want(http.StatusCreated); !strings.Contains(made.Text("main"), "-logs, with rights on 1 single asset. ") {
			t.Errorf("its secret comes with %q", made.Text("main"))
		}

		list := v.Get("/tokens?name=both").Want(http.StatusOK)
		guid := strings.TrimPrefix(list.Attr("tbody tr", "id"), "t-")
		page := v.Get("/tokens/" + guid).Want(http.StatusOK)
		if !strings.Contains(page.Text("#panel-assets + ul"), "hosts.csv") || !strings.Contains(list.Text("td.c-name"), "app-logs +1") {
			t.Errorf("its page says %q, its row %q", page.Text("#panel"), list.Text("tbody tr"))
		}
		copied := v.Get("/tokens/new?copy=" + guid).Want(http.StatusOK).Form("#token-form")
		if !slices.Contains(copied.Values["assets"], "UpdateAsset hosts") || len(copied.Values["repository"]) != 2 {
			t.Errorf("a copy has %v", copied.Values)
		}
		edit := v.Get("/tokens/" + guid + "/edit").Want(http.StatusOK).Form("#token-form")
		edit.Values["assets"] = []string{"", "UpdateAsset hosts"}
		v.Submit(edit).Want(http.StatusSeeOther)
		granted, err := w.Service.ListGrantedAssets(t.Context(), by(w.owner), "", console.GUID(guid))
		if err != nil || len(granted) != 1 || granted[0].Asset != asset || !slices.Equal(granted[0].Permissions, []console.AssetPermission{console.UpdateAsset}) {
			t.Errorf("granted are %+v, %v", granted, err)
		}
		delete(edit.Values, "assets") // a form that does not know of them
		edit.Values.Set("version", "2")
		v.Submit(edit).Want(http.StatusSeeOther)
		if token, err := st.FindToken(t.Context(), "", console.GUID(guid)); err != nil || len(token.Assets) != 1 {
			t.Errorf("left are %+v, %v", token.Assets, err)
		}
	})
}

// TestOnesOwnPersonalToken makes, rotates, replaces and ends it, for somebody who
// belongs nowhere.
func TestOnesOwnPersonalToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.User("Stella", console.RoleMember))
		worth := func(secret string) bool {
			t.Helper()
			found, err := w.Service.Verify(t.Context(), secret, netip.Addr{})
			if err != nil {
				t.Fatal(err)
			}
			return found.Active
		}
		form := v.Get("/account/token/new").Want(http.StatusOK).Form("#personal-token-form")
		past := v.Post("/account/token", with(form.Values, "valid_to", "2001-01-01T00:00"))
		if past.Want(http.StatusUnprocessableEntity); past.Text("#f-to-err") != "Valid to must be in the future." {
			t.Errorf("a past end is answered %q", past.Text("#personal-token-form"))
		}
		forged := v.Post("/account/token", with(form.Values, "guid", string(console.NewGUID())))
		if forged.Want(http.StatusUnprocessableEntity); !strings.Contains(forged.Text(".callout"), "not handed out to you") {
			t.Errorf("a GUID of one's own is answered %q", forged.Text("#personal-token-form"))
		}
		made := v.Submit(form).Want(http.StatusCreated)
		first := made.Attr("#secret", "value") + made.Text("#secret")
		if !worth(first) || !strings.Contains(made.Text(".callout"), "everything that you may") {
			t.Errorf("%q is worth nothing, or said is %q", first, made.Text(".callout"))
		}
		if account := v.Get("/account").Want(http.StatusOK); account.Text("#personal-token .st") != "Active" || strings.Contains(account.Body, first) {
			t.Errorf("the account says %q", account.Text("#personal-token"))
		}
		rotation := v.Get("/account/token/rotation").Want(http.StatusOK).Form("#personal-rotation-form")
		rotated := v.Submit(rotation).Want(http.StatusCreated)
		second := rotated.Attr("#secret", "value") + rotated.Text("#secret")
		if worth(first) || !worth(second) {
			t.Error("after the rotation the old secret works, or the new one does not")
		}
		v.Submit(rotation).Want(http.StatusSeeOther)

		again := v.Get("/account/token/new").Want(http.StatusOK)
		if !strings.Contains(again.Text(".callout"), "The one that you have stops working at once") {
			t.Errorf("replacing it says %q", again.Text("#personal-token-form"))
		}
		v.Submit(again.Form("#personal-token-form")).Want(http.StatusCreated)
		if worth(second) {
			t.Error("two work")
		}
		v.Submit(v.Get("/account/token/revocation").Want(http.StatusOK).Form("#personal-revocation-form")).Want(http.StatusSeeOther)
		if account := v.Get("/account").Want(http.StatusOK); !account.Has("#new-personal-token") {
			t.Errorf("the account says %q", account.Text("#personal-token"))
		}
		other, _, err := w.Service.CreatePersonalToken(t.Context(), by(w.owner), console.NewPersonalToken{GUID: console.NewGUID()})
		if err != nil {
			t.Fatal(err)
		}
		if edit := w.SignedIn(w.owner).Get("/tokens/" + string(other.GUID) + "/edit").Want(http.StatusOK); edit.Has("#token-form") || !strings.Contains(edit.Text("main"), "stays as it was made") {
			t.Errorf("editing it leads to %q", edit.Text("main"))
		}
		all := w.SignedIn(w.owner).Get("/tokens?type=personal&status=all").Want(http.StatusOK)
		if !strings.Contains(all.Text("tbody"), "Personal token of Stella") {
			t.Errorf("an owner sees %q", all.Text("tbody"))
		}
	})
}
