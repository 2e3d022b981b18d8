package web_test

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// TestDialogsHaveTheFormsOfTheirPages: with JavaScript and without, the same
// fields with the same values.
func TestDialogsHaveTheFormsOfTheirPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		ownScope(w, "billing:read")
		v := w.SignedIn(w.owner)
		same := func(what, selector string, page, dialog *webtest.Answer) {
			t.Helper()
			inPage, inDialog := page.Form(selector), dialog.Form(selector)
			for _, form := range []webtest.Form{inPage, inDialog} {
				form.Values.Del("guid_seal")
				form.Values.Del("rotation")
				form.Values.Del("rotation_seal")
				if len(form.Values["guid"]) == 1 && form.Values.Get("guid") != string(w.token.GUID) {
					form.Values.Del("guid") // a fresh one each time
				}
			}
			if !reflect.DeepEqual(inPage, inDialog) {
				t.Errorf("%s: the page's form is %v, the dialog's %v", what, inPage, inDialog)
			}
			if !dialog.Has("dialog[data-modal] "+selector+"[hx-post]") || dialog.Has("main") || !page.Has("main .page-form "+selector+":not([hx-post])") {
				t.Errorf("%s: no dialog, or no page", what)
			}
			if dialog.Text("dialog h2") != page.Text(".page-form h2") || dialog.Text("dialog .modal-head p") != page.Text(".page-form .modal-head p") {
				t.Errorf("%s: the dialog says %q, the page %q", what, dialog.Text(".modal-head"), page.Text(".modal-head"))
			}
			if !page.Has(`.page-form .modal-foot a[href^="/"]`) || page.Has(".page-form [data-close]") || !dialog.Has(".modal-foot [data-close]") {
				t.Errorf("%s: there is no way back", what)
			}
		}
		for path, selector := range map[string]string{
			tokenPath(w) + "/edit": "#token-form", "/tokens/" + string(w.token.GUID) + "/edit": "#token-form",
			list + "/new?copy=" + string(w.token.GUID): "#token-form", tokenPath(w) + "/pause": "#pause-form",
			tokenPath(w) + "/rotation": "#rotation-form", "/tokens/find": "#find-form",
			tokenPath(w) + "/deletion": "#token-deletion-form", "/scopes/new": "#scope-form", "/scopes/billing:read/edit": "#scope-form",
			"/scopes/ReadAccess/retirement": "#scope-retirement-form", "/scopes/ReadAccess/reinstatement": "#scope-retirement-form",
		} {
			same(path, selector, v.Get(path).Want(http.StatusOK), v.Get(path, webtest.HTMX(list)).Want(http.StatusOK))
		}
		for _, verb := range []string{"revoke", "disable", "enable", "extend", "delete"} {
			fields := url.Values{"csrf": {v.CSRF()}, "verb": {verb}, "guid": {string(w.token.GUID)}}
			same(verb, "#bulk-confirm", v.Post(list+"/bulk", fields).Want(http.StatusOK), v.Post(list+"/bulk", fields, webtest.HTMX(list)).Want(http.StatusOK))
		}
	})
}
