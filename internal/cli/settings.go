package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/service"
)

type settingsCommands struct {
	Show settingsShow `cmd:"" help:"Show what holds for everybody."`
	Edit settingsEdit `cmd:"" help:"Change what holds for everybody; a running server follows within two seconds."`
}

type settingsShow struct{}

// Run shows the settings in effect, and which of them this environment fixes.
func (settingsShow) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		settings, err := svc.GetSettings(ctx, actor)
		if err != nil {
			return err
		}
		return p.showSettings(settings)
	})
}

func (p *program) showSettings(settings console.Settings) error {
	table := p.table()
	var errs error
	for _, field := range settings.Fields() {
		errs = errors.Join(errs, row(table, strings.ReplaceAll(field.Field, "_", " "), field.New))
	}
	return errors.Join(errs, table.Flush())
}

type settingsEdit struct {
	Name     *string `name:"name" placeholder:"NAME" help:"Name of the organization."`
	Idle     string  `placeholder:"DURATION" help:"How long a session may pause, such as 30m."`
	Absolute string  `placeholder:"DURATION" help:"How long a session may last, such as 12h."`
	Keep     string  `placeholder:"DURATION" help:"How long ended tokens are kept, such as 90d; 0 or forever keeps them."`
	Window   string  `placeholder:"DURATION" help:"How long an expired token stays on its repository's page, such as 5m."`
}

// Run changes the settings that are named.
func (e settingsEdit) Run(ctx context.Context, p *program) error {
	patch := console.SettingsPatch{Organization: e.Name}
	problems := console.Problems{}
	for _, d := range []struct {
		field, text string
		to          **time.Duration
	}{
		{"session_idle", e.Idle, &patch.SessionIdle}, {"session_absolute", e.Absolute, &patch.SessionAbsolute},
		{"retention", e.Keep, &patch.Retention}, {"retention_window", e.Window, &patch.RetentionWindow},
	} {
		if d.text == "" {
			continue
		}
		length, ok := config.ParseDuration(strings.Replace(d.text, "forever", "0s", 1))
		problems.Check(ok, d.field, "Write a duration such as 30m, 12h or 90d.")
		*d.to = &length
	}
	if err := problems.Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		before, err := svc.GetSettings(ctx, actor)
		if err != nil {
			return err
		}
		if patch.Without(svc.FixedSettings()) != patch {
			return console.Conflict("", "Some of these are set by the environment here, which wins. Change them there.")
		}
		after, err := svc.UpdateSettings(ctx, actor, before.Version, patch)
		if err != nil {
			return err
		}
		return p.showSettings(after)
	})
}
