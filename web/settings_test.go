package web_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

func TestSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, other := w.SignedIn(w.owner), w.SignedIn(w.owner)
		page := v.Get(views.SettingsPath()).Want(http.StatusOK)
		if text := page.Text("main"); !strings.Contains(text, "LATCHKEY_ORGANIZATION") || page.Has(`input[name="organization"]`) {
			t.Errorf("what the program was started with can be changed, or nothing says why not: %s", text)
		}
		form, late := page.Form("#settings-form"), other.Get(views.SettingsPath()).Form("#settings-form")
		if least := page.Attr("#f-session_idle", "min"); least != "1" {
			t.Errorf("a session may pause %q minutes at least", least)
		}
		form.Values.Set("session_idle", "0.5")
		form.Values.Set("retention", "soon")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-retention-err") != "Enter a number." || a.Attr("#f-session_idle", "value") != "0.5" {
			t.Errorf("what is wrong is not said, or what was typed is gone: %s", a.Text("#settings-form"))
		}
		form.Values.Set("retention", "30")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-session_idle-err") != "Choose 1 minute to 24 hours." {
			t.Errorf("the problem of the pause: %q", a.Text("#f-session_idle-err"))
		}
		for name, said := range map[string]string{
			"session_idle": "Choose 1 minute to 24 hours.", "session_absolute": "Choose 1 minute to 30 days.",
			"retention": "Choose 1 to 3,650 days, or 0 to keep them for ever.", "retention_window": "Choose at most 24 hours.",
		} {
			if page.Attr("#f-"+name, "data-wrong") != said {
				t.Errorf("the browser says of %s %q", name, page.Attr("#f-"+name, "data-wrong"))
			}
			for _, typed := range []string{"99999999", "-1", "1e300", "1e999", "-Inf"} {
				one := with(page.Form("#settings-form").Values, name, typed)
				if a := v.Post(views.SettingsPath(), one).Want(http.StatusUnprocessableEntity); a.Text("#f-"+name+"-err") != said {
					t.Errorf("%s of %s: %q, want %q", name, typed, a.Text("#f-"+name+"-err"), said)
				}
			}
			if a := v.Post(views.SettingsPath(), with(page.Form("#settings-form").Values, name, "NaN")); a.Text("#f-"+name+"-err") != "Enter a number." {
				t.Errorf("%s of NaN: %q", name, a.Text("#f-"+name+"-err"))
			}
		}
		form.Values.Set("session_idle", "45")
		v.Submit(form).Want(http.StatusSeeOther)
		if got := v.Get(views.SettingsPath()); got.Attr("#f-session_idle", "value") != "45" || got.Attr("#f-retention", "value") != "30" {
			t.Errorf("saved is %s", got.Text("main"))
		}
		late.Values.Set("session_absolute", "8")
		stale := other.Submit(late).Want(http.StatusConflict)
		if stale.Attr("#f-session_absolute", "value") != "8" || !strings.Contains(stale.Text("#settings-form"), "Stored now: 45 minutes") {
			t.Errorf("a form of before: %s", stale.Text("#settings-form"))
		}
		other.Submit(stale.Form("#settings-form")).Want(http.StatusSeeOther)

		auditor := w.SignedIn(w.User("Aude", console.RoleAuditor)).Get(views.SettingsPath()).Want(http.StatusOK)
		if auditor.Has("#settings-form") || !strings.Contains(auditor.Text("main"), "30 minutes") {
			t.Errorf("an auditor sees %s", auditor.Text("main"))
		}
	})
}

// TestPreferencesFollow signs one person in to two browsers.
func TestPreferencesFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first, second := w.SignedIn(w.owner), w.SignedIn(w.owner)
		form := first.Get(views.PreferencesPath()).Want(http.StatusOK).Form("#preferences-form")
		form.Values.Set("zone", "Middle/Earth")
		if a := first.Submit(form).Want(http.StatusUnprocessableEntity); a.Attr("#f-zone", "value") != "Middle/Earth" || a.Text("#f-zone-err") == "" {
			t.Errorf("a zone that there is not: %s", a.Text("#preferences-form"))
		}
		form.Values.Set("zone", "Asia/Kathmandu")
		form.Values.Set("theme", "dark")
		first.Submit(form).Want(http.StatusSeeOther)
		second.SetCookie("zone", "Europe/Oslo")
		second.SetCookie("theme", "light")
		page := second.Get(views.NewTokenPath("web-logs")).Want(http.StatusOK)
		if page.Attr("html", "data-theme") != "dark" || !strings.Contains(page.Body, "Asia/Kathmandu") {
			t.Errorf("the other browser has theme %q", page.Attr("html", "data-theme"))
		}
		second.Post(views.ThemePath(), webtest.Form{Values: map[string][]string{"csrf": {second.CSRF()}, "theme": {"system"}}}.Values).Want(http.StatusSeeOther)
		first.SetCookie("theme", "dark")
		if theme := first.Get(views.PreferencesPath()).Attr("html", "data-theme"); theme != "" {
			t.Errorf("the theme is %q after the system's was chosen elsewhere", theme)
		}
		visitor := w.Visitor()
		visitor.SetCookie("theme", "dark")
		if theme := visitor.Get("/login").Attr("html", "data-theme"); theme != "dark" {
			t.Errorf("a visitor's theme is %q", theme)
		}
	})
}
