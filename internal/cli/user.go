package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type userCommands struct {
	Add     userAdd     `cmd:"" help:"Add an account. Its password is read from standard input."`
	Invite  userInvite  `cmd:"" help:"Add an account whose owner chooses the password. The link for that is printed once, on standard output."`
	Link    userLink    `cmd:"" help:"Make a new link with which somebody chooses a password. Their present one stops working, and their sessions end."`
	List    userList    `cmd:"" help:"List people."`
	Show    userShow    `cmd:"" help:"Show one person."`
	Edit    userEdit    `cmd:"" help:"Change a person, or the scopes that a member may see and grant."`
	Member  userMember  `cmd:"" help:"Say what a member is in a repository."`
	Disable userDisable `cmd:"" help:"End somebody's sessions and let them sign in no more, and deal with their tokens."`
	Enable  userEnable  `cmd:"" help:"Let a disabled person sign in again."`
	Remove  userRemove  `cmd:"" help:"Remove a disabled person. What the audit log tells of them stays."`

	ResetFactors userResetFactors `cmd:"" help:"Remove the second factors of somebody who lost them all, and end their sessions."`
}

type userAdd struct {
	Email         string `required:"" placeholder:"ADDRESS" help:"Address to sign in with."`
	Name          string `placeholder:"NAME" help:"Name to show (default: what is before the @)."`
	Role          string `required:"" placeholder:"ROLE" help:"owner, administrator, auditor or member."`
	PasswordStdin bool   `required:"" help:"Read the password, one line, from standard input. There is no other way: arguments can be seen by others."`
}

// Run adds an account.
func (u userAdd) Run(ctx context.Context, p *program) error {
	password, err := firstLine(p.stdin)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		user, err := svc.CreateUser(ctx, actor, console.NewUser{
			Email: u.Email, Name: u.Name, Role: console.Role(u.Role), Password: password,
		})
		if err != nil {
			return err
		}
		return p.say("Added %s %s as %s.\n", user.Name, user.Email, user.Role)
	})
}

// lineLimit is far more than any password.
const lineLimit = 64 << 10

// firstLine reads up to the first line's end.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, lineLimit)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}
