package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

type migrateCommand struct{}

// Run brings the database to this version's schema. It needs no key.
func (migrateCommand) Run(ctx context.Context, p *program) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	st, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(p.say("The database has the schema of this version.\n"), st.Close())
}

type configCommand struct{}

// Run shows the settings in effect and where each came from.
func (configCommand) Run(p *program) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	table := p.table()
	for _, setting := range c.Redacted() {
		if err := row(table, setting.Name, cmp.Or(setting.Value, "-"), setting.Source); err != nil {
			return err
		}
	}
	return table.Flush()
}

type versionCommand struct{}

func (versionCommand) Run(p *program) error {
	return p.say("latchkey %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version is what the build knows of itself: a release's number, else the
// commit, else that it is a development build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	switch revision := settings["vcs.revision"]; {
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	case len(revision) >= 12:
		return fmt.Sprintf("devel-%s", revision[:12])
	}
	return "devel"
}
