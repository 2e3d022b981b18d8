// Package cli is the program as it is started: it reads the command line, puts
// the parts together and runs one command. It is the only package that knows
// all others.
package cli

import (
	"context"
	"errors"
	"io"

	"github.com/alecthomas/kong"

	"latchkey/internal/config"
)

// grammar is the command line. Settings are flags of every command.
type grammar struct {
	config.Settings `embed:"" group:"Settings, each also an environment variable:"`

	As string `placeholder:"ADDRESS" help:"Act with the rights of the person with this address, not with all rights."`

	Serve      serveCommand      `cmd:"" help:"Run the console."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database to the schema of this version."`
	Demo       demoCommand       `cmd:"" help:"Fill an empty database with a sample."`
	Bench      benchCommand      `cmd:"" help:"Measure pages and verification, on an empty database or one that an earlier run filled."`
	User       userCommands      `cmd:"" help:"People: add, invite, link, list, show, edit, member, disable, enable, remove, reset-factors."`
	Repository repoCommands      `cmd:"" help:"Repositories and views: create, list."`
	Token      tokenCommands     `cmd:"" help:"Tokens: create, list, export, import, show, edit, disable, enable, rotate, revoke, delete, history."`
	Bulk       bulkCommands      `cmd:"" help:"All tokens that match at once: revoke, disable, enable, extend, transfer, add-scope, remove-scope, delete; list, show, resume, cancel, outcomes."`
	Personal   personalCommands  `cmd:"" help:"The personal token of who --as names: show, create, rotate, revoke."`
	Asset      assetCommands     `cmd:"" help:"Dashboards and other assets of repositories: list, create, edit, delete."`
	Dashboard  dashboardCommands `cmd:"" help:"Links that open a dashboard: links, link, unlink."`
	Scope      scopeCommands     `cmd:"" help:"What tokens may do: list, create, edit, retire, reinstate."`
	Policy     policyCommands    `cmd:"" help:"What is asked of the tokens of each type: list, edit."`
	IPFilter   ipFilterCommands  `cmd:"" name:"ip-filter" help:"From where tokens can be used: list, show, create, edit, delete, test."`
	Audit      auditCommands     `cmd:"" help:"What was done, by whom: list, export, verify."`
	Everybody  settingsCommands  `cmd:"" name:"settings" help:"What holds for everybody: show, edit."`
	Config     configCommand     `cmd:"" help:"Show the settings in effect, without secrets."`
	Version    versionCommand    `cmd:"" help:"Show the version."`
}

// program is what a command may use of the world outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// exact is stdout for bytes that are plain already.
	exact io.Writer
	// terminal is whether a person reads stderr.
	terminal bool
	settings *config.Settings
	// as is the address of whom to act as, empty for the program itself.
	as string
	// command is the command line as it was read.
	command *kong.Context
	getenv  func(string) string
}

// Run runs the command that args name and returns the exit code: 0 if it did
// what was asked, 2 if the question was wrong, else as exitCodes says. What is
// asked for goes to stdout, everything else to stderr.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	var g grammar
	p := &program{
		stdin: stdin, stdout: &plainWriter{to: stdout}, exact: stdout, stderr: &plainWriter{to: stderr},
		terminal: isTerminal(stderr), settings: &g.Settings, getenv: getenv,
	}
	shown := false // --help does not go on to run a command
	parser, err := kong.New(&g,
		kong.Name("latchkey"),
		kong.Description("A self-hosted admin console for API tokens."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { shown = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.ValueFormatter(withVariable),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return p.fail(err) // the grammar is wrong; every test would see it
	}
	command, err := parser.Parse(args)
	if shown {
		return 0
	}
	if err != nil {
		return p.misuse(err)
	}
	p.as, p.command = g.As, command
	if err := command.Run(); err != nil {
		return p.fail(err)
	}
	return 0
}

// withVariable adds to the help of a setting the name of its variable.
func withVariable(value *kong.Value) string {
	if value.Flag == nil || value.Flag.Group == nil {
		return value.Help
	}
	return value.Help + " " + config.Variable(value.Name)
}

// misuse explains a command line that makes no sense.
func (p *program) misuse(err error) int {
	command := "latchkey"
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil {
		if selected := e.Context.Selected(); selected != nil {
			command = selected.FullPath()
		}
	}
	p.complain("latchkey: %v\nRun “%s --help” for what it takes.\n", err, command)
	return exitMisuse
}
