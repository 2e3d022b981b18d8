package web

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// settingsUnits are in what the fields of the settings count.
var settingsUnits = map[string]time.Duration{
	"session_idle": views.SettingsIdleUnit, "session_absolute": views.SettingsAbsoluteUnit,
	"retention": views.SettingsKeepUnit, "retention_window": views.SettingsWindowUnit,
}

// showSettings answers GET /settings.
func (s *Server) showSettings(c echo.Context) error {
	stored, err := s.svc.GetSettings(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.settingsPage(c, http.StatusOK, views.SettingsProps{Stored: stored, Version: stored.Version, Typed: views.StoredSettings(stored)})
}

func (s *Server) settingsPage(c echo.Context, status int, p views.SettingsProps) error {
	p.Fixed, p.CanWrite = s.svc.FixedSettings(), actor(c).May(console.SettingsWrite)
	return s.showPage(c, status, views.Settings(p))
}

// updateSettings answers POST /settings. A form that is based on an older state
// comes back with what is stored beside what was typed.
func (s *Server) updateSettings(c echo.Context) error {
	ctx, form := c.Request().Context(), c.Request().PostForm
	patch, problems := readSettings(form, s.svc.FixedSettings())
	version, _ := strconv.Atoi(form.Get("version"))
	err := actor(c).Need(console.SettingsWrite)
	if err == nil && len(problems) == 0 {
		_, err = s.svc.UpdateSettings(ctx, actor(c), version, patch)
	}
	known, ok := errors.AsType[*console.Error](err)
	if err == nil && len(problems) == 0 {
		return s.leave(c, views.SettingsPath(), console.Notice{Title: "Settings saved"})
	}
	if ok && len(known.Fields) == 0 && known.Code != console.CodeConflict || err != nil && !ok {
		return err
	}
	stored, readErr := s.svc.GetSettings(ctx, actor(c))
	if readErr != nil {
		return readErr
	}
	p := views.SettingsProps{Stored: stored, Version: version, Typed: typedSettings(form), Errors: problems}
	status := http.StatusUnprocessableEntity
	if ok {
		if status = answers[known.Code].status; len(known.Fields) > 0 {
			p.Errors = known.Fields
		} else {
			p.Changed, p.Version = known.Message, stored.Version
		}
	}
	return s.settingsPage(c, status, p)
}

func typedSettings(form url.Values) map[string]string {
	typed := map[string]string{"organization": form.Get("organization")}
	for name := range settingsUnits {
		typed[name] = form.Get(name)
	}
	return typed
}

// beyond is more than any setting may be, and no more than can be reckoned with.
const beyond = 1e5

// readSettings reads the fields that are not fixed.
func readSettings(form url.Values, fixed console.SettingsPatch) (console.SettingsPatch, map[string]string) {
	problems := map[string]string{}
	amount := func(name string) *time.Duration {
		number, err := strconv.ParseFloat(strings.TrimSpace(form.Get(name)), 64)
		if errors.Is(err, strconv.ErrRange) {
			err = nil
		}
		if err != nil || math.IsNaN(number) {
			problems[name] = "Enter a number."
			return nil
		}
		number = max(-beyond, min(number, beyond))
		d := time.Duration(number * float64(settingsUnits[name])).Round(time.Second)
		return &d
	}
	organization := form.Get("organization")
	patch := console.SettingsPatch{Organization: &organization}
	if fixed.SessionIdle == nil {
		patch.SessionIdle = amount("session_idle")
	}
	if fixed.SessionAbsolute == nil {
		patch.SessionAbsolute = amount("session_absolute")
	}
	if fixed.Retention == nil {
		patch.Retention = amount("retention")
	}
	if fixed.RetentionWindow == nil {
		patch.RetentionWindow = amount("retention_window")
	}
	return patch, problems
}

// showPreferences answers GET /account/preferences.
func (s *Server) showPreferences(c echo.Context) error {
	row, _ := rowOf(c)
	chosen := row.User.Preferences
	chosen.Theme = cmp.Or(chosen.Theme, themeOf(c), "system")
	return s.preferencesPage(c, http.StatusOK, chosen, nil)
}

func (s *Server) preferencesPage(c echo.Context, status int, chosen console.Preferences, problems map[string]string) error {
	p := views.PreferencesProps{Preferences: chosen, Errors: problems}
	if cookie, err := c.Cookie("zone"); err == nil {
		if zone, ok := s.zone(cookie.Value); ok {
			p.Browser = zone.String()
		}
	}
	return s.showPage(c, status, views.Preferences(p))
}

// updatePreferences answers POST /account/preferences.
func (s *Server) updatePreferences(c echo.Context) error {
	form := c.Request().PostForm
	chosen := console.Preferences{Theme: form.Get("theme"), Zone: strings.TrimSpace(form.Get("zone"))}
	if _, ok := s.zone(chosen.Zone); chosen.Zone != "" && !ok {
		return s.preferencesPage(c, http.StatusUnprocessableEntity, chosen, map[string]string{"zone": "There is no such time zone."})
	}
	err := s.svc.UpdatePreferences(c.Request().Context(), actor(c), console.PreferencesPatch{Theme: &chosen.Theme, Zone: &chosen.Zone})
	if fields := fieldsOf(err); len(fields) > 0 {
		return s.preferencesPage(c, http.StatusUnprocessableEntity, chosen, fields)
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.PreferencesPath(), console.Notice{Title: "Preferences saved"})
}
