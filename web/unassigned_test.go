package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// TestWhoSeesNothingIsToldWhomToAsk.
func TestWhoSeesNothingIsToldWhomToAsk(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	alone, bare := w.SignedIn(w.User("Stella", console.RoleMember)), w.SignedIn(w.member("Tom", console.MemberManager))
	for path, v := range map[string]*webtest.Visitor{"/tokens": alone, "/tokens?status=active": alone, "/repositories": alone} {
		if got := v.Get(path).Want(http.StatusOK).Text("main .empty"); !strings.HasPrefix(got, "You belong to no repository yet") || !strings.Contains(got, "Ask an owner or an administrator") {
			t.Errorf("%s says %q", path, got)
		}
	}
	if got := bare.Get("/tokens").Text("main .empty"); !strings.HasPrefix(got, "You hold no scope yet") || !strings.Contains(got, "Ask an owner or an administrator") {
		t.Errorf("it says %q", got)
	}
	if got := w.SignedIn(w.owner).Get("/tokens?q=nothing").Text("main .empty"); strings.HasPrefix(got, "You") {
		t.Errorf("an owner is told %q", got)
	}
}

// TestOnlyTypesThatCanBeMadeAreOffered.
func TestOnlyTypesThatCanBeMadeAreOffered(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	member := w.SignedIn(w.member("Tom", console.MemberManager, "ReadAccess"))
	form := member.Get("/tokens/new").Want(http.StatusOK)
	if got := form.Texts("#f-type option"); !slices.Equal(got, []string{"Repository"}) {
		t.Errorf("a member is offered %q", got)
	}
	sent := form.Form("#token-form")
	sent.Values.Set("name", "x")
	sent.Values.Set("type", "system")
	if a := member.Submit(sent).Want(http.StatusUnprocessableEntity); !a.Has(`#f-type option[value="system"][disabled]`) {
		t.Errorf("a type that is not theirs: %s", a.Text("#token-form"))
	}
	if got := w.SignedIn(w.owner).Get("/tokens/new").Texts("#f-type option"); len(got) != 4 {
		t.Errorf("an owner is offered %q", got)
	}
}
