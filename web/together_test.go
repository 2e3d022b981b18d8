package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// together runs n acts at once and returns their answers.
func together(n int, act func(i int) *webtest.Answer) []*webtest.Answer {
	answers := make([]*webtest.Answer, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			answers[i] = act(i)
		})
	}
	start.Done()
	done.Wait()
	return answers
}

// people are n people, signed in, each with the form that edits the token.
func people(w world, n int) ([]*webtest.Visitor, []webtest.Form) {
	visitors, forms := make([]*webtest.Visitor, n), make([]webtest.Form, n)
	var done sync.WaitGroup
	for i := range n {
		user := w.User(fmt.Sprintf("Person %d", i), console.RoleAdministrator)
		done.Go(func() {
			visitors[i] = w.SignedIn(user)
			forms[i] = visitors[i].Get(tokenPath(w) + "/edit").Form("#token-form")
		})
	}
	done.Wait()
	return visitors, forms
}

// TestManyEditOneToken: one succeeds, the others are told, and what was written
// is what the one wrote.
func TestManyEditOneToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		const n = 16
		w := newWorld(t, st)
		visitors, forms := people(w, n)
		answers := together(n, func(i int) *webtest.Answer {
			forms[i].Values.Set("name", fmt.Sprintf("by-person-%d", i))
			forms[i].Values.Set("description", fmt.Sprintf("words of person %d", i))
			return visitors[i].Submit(forms[i])
		})
		winner := -1
		for i, a := range answers {
			switch a.Status {
			case http.StatusSeeOther:
				if winner >= 0 {
					t.Errorf("%d and %d both succeed", winner, i)
				}
				winner = i
			case http.StatusConflict:
				if a.Attr("#f-name", "value") != fmt.Sprintf("by-person-%d", i) || !strings.HasPrefix(a.Text("#f-name-now"), "Stored now: by-person-") || a.Attr(`input[name="version"]`, "value") != "2" {
					t.Errorf("person %d is not shown both values: %s", i, a.Text("#token-form"))
				}
			default:
				t.Errorf("person %d gets %d", i, a.Status)
			}
		}
		if winner < 0 {
			t.Fatal("nobody succeeds")
		}
		token := stored(t, w, w.token.GUID)
		if token.Name != fmt.Sprintf("by-person-%d", winner) || token.Description != fmt.Sprintf("words of person %d", winner) || token.Version != 2 {
			t.Errorf("person %d succeeds, stored is %+v", winner, token)
		}
		if got := recorded(t, w, w.token.GUID); !slices.Equal(got, []console.Action{console.TokenEdited, console.TokenCreated}) {
			t.Errorf("recorded %v", got)
		}
	})
}

// TestARevocationWins whatever is edited at the same time.
func TestARevocationWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		const n = 16
		w := newWorld(t, st)
		visitors, forms := people(w, 4)
		revoke := visitors[0].Get(tokenPath(w) + "/revocation").Form("#revoke-form")
		answers := together(n+1, func(i int) *webtest.Answer {
			if i == n/2 {
				return visitors[0].Submit(revoke)
			}
			form := webtest.Form{Action: forms[i%4].Action, Values: with(forms[i%4].Values, "description", fmt.Sprint("tab ", i))}
			return visitors[i%4].Submit(form)
		})
		edited := 0
		for i, a := range answers {
			switch {
			case i == n/2 && a.Status != http.StatusSeeOther:
				t.Errorf("revoking gives %d", a.Status)
			case i != n/2 && a.Status == http.StatusSeeOther:
				edited++
			case i != n/2 && a.Status != http.StatusConflict:
				t.Errorf("tab %d gets %d", i, a.Status)
			}
		}
		token := stored(t, w, w.token.GUID)
		if token.Status(w.Now()) != console.StatusRevoked || edited > 1 || token.Version != edited+2 {
			t.Errorf("after %d edits it is %+v", edited, token)
		}
		if got := recorded(t, w, w.token.GUID); got[0] != console.TokenRevoked || len(got) != edited+2 {
			t.Errorf("recorded %v", got)
		}
	})
}
