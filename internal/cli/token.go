package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenCommands struct {
	Create     tokenCreate     `cmd:"" help:"Create a token. Its secret is printed once, on standard output."`
	List       tokenList       `cmd:"" help:"List tokens."`
	Export     tokenExport     `cmd:"" help:"Write tokens as CSV or JSON Lines. The export is recorded."`
	Import     tokenImport     `cmd:"" help:"Create tokens from a CSV file. Their secrets are written once, to a file."`
	Show       tokenShow       `cmd:"" help:"Show one token."`
	Edit       tokenEdit       `cmd:"" help:"Change a token."`
	Disable    tokenDisable    `cmd:"" help:"Pause a token."`
	Enable     tokenEnable     `cmd:"" help:"End a token's pause."`
	Rotate     tokenRotate     `cmd:"" help:"Give a token a new secret, which is printed once, on standard output."`
	EndOverlap tokenEndOverlap `cmd:"" help:"End the old secret of a token now."`
	Revoke     tokenRevoke     `cmd:"" help:"End tokens for good."`
	Delete     tokenDelete     `cmd:"" help:"Remove a token. What the audit log tells of it stays."`
	History    tokenHistory    `cmd:"" help:"Show what was done to a token, also to one that is gone."`
}

// tokenJSON is a token as JSON output has it.
type tokenJSON struct {
	console.TokenLine
	Usage   usageJSON    `json:"usage,omitzero"`
	Secrets []secretJSON `json:"secrets,omitempty"`
}

// secretJSON is what is known of a secret, as JSON output has it.
type secretJSON struct {
	Current   bool   `json:"current"`
	CreatedAt string `json:"created_at"`
	EndsAt    string `json:"ends_at,omitempty"`
	UntilUsed bool   `json:"until_current_is_used,omitempty"`
	UsedAt    string `json:"used_at,omitempty"`
}

// liveSecrets are the secrets of a token that work, or would if it were active.
func liveSecrets(t console.Token, secrets []console.KeptSecret, now time.Time) (live []secretJSON) {
	for _, s := range secrets {
		if s.Live(now) && !t.Status(now).Final() {
			live = append(live, secretJSON{s.Current(), instant(s.CreatedAt, ""), instant(s.EndsAt, ""), s.UntilUsed, instant(s.UsedAt, "")})
		}
	}
	return live
}

func repositoryNames(t console.Token) []string {
	names := []string{}
	for _, r := range t.Repositories {
		names = append(names, r.Name)
	}
	return names
}

type tokenShow struct {
	GUID string `arg:"" name:"guid" help:"The token's GUID."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows a token.
func (s tokenShow) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(s.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		token, err := svc.GetToken(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		secrets, err := svc.ListSecrets(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		usage, err := svc.TokenUsage(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		live := liveSecrets(token, secrets, svc.Now())
		if s.JSON {
			return p.sayJSON(tokenJSON{token.Line(svc.Now()), usageAsJSON(usage), live})
		}
		return p.showToken(token, live, usage, svc.Now())
	})
}

func (p *program) showToken(t console.Token, secrets []secretJSON, usage console.Usage, now time.Time) error {
	table := p.table()
	lines := [][2]string{
		{"Name", t.Name},
		{"GUID", string(t.GUID)},
		{"Type", t.Type.Label()},
		{"Repositories", strings.Join(repositoryNames(t), ", ")},
		{"Status", t.Status(now).Label()},
		{"Active from", instant(t.ActiveFrom(), "")},
		{"Expiration", instant(t.ValidTo, "never")},
		{"Scopes", strings.Join(t.Scopes, ", ")},
		{"Description", t.Description},
		{"Owner", t.Owner.Name},
		{"IP filter", t.IPFilter.Name},
		{"Version", strconv.Itoa(t.Version)},
		{"Created", strings.TrimSpace(instant(t.CreatedAt, "") + " " + t.Creator.Name)},
		{"Disabled", pause(t, now)},
		{"Revoked", strings.TrimSpace(instant(t.RevokedAt, "") + " " + t.RevokeReason)},
	}
	lines = append(lines, usageLines(usage)...)
	for _, s := range secrets {
		name, end := "Old secret", ", works until "+s.EndsAt
		if s.Current {
			name, end = "Secret", ""
		} else if s.UntilUsed {
			end += " or until the other is used"
		}
		lines = append(lines, [2]string{name, "made " + s.CreatedAt + ", last used " + cmp.Or(s.UsedAt, "never") + end})
	}
	for _, line := range lines {
		if line[1] == "" {
			continue
		}
		if err := row(table, line[0]+":", line[1]); err != nil {
			return err
		}
	}
	return table.Flush()
}

// pause says since when and until when a token is disabled, nothing if it isn't.
func pause(t console.Token, now time.Time) string {
	if t.Status(now) != console.StatusDisabled {
		return ""
	}
	return "since " + instant(t.DisabledAt, "") + " until " + instant(t.DisabledUntil, "it is enabled")
}

// parseGUID reads a GUID as people write it. The text is not repeated in the
// error, for it may be a whole token string pasted by mistake.
func parseGUID(text string) (console.GUID, error) {
	guid, ok := console.ParseGUID(text)
	p := console.Problems{}
	p.Check(ok, "guid", notAGUID)
	return guid, p.Err()
}

const notAGUID = "That is not a GUID, which has 32 hexadecimal digits. Of a token string it is the part before the ~."

const noSuchToken = "There is no token with that GUID."

// absent says what is not there. On the command line nothing is anybody
// else's to see, so the answer need not be vague.
func absent(err error, sentence string) error {
	if console.CodeOf(err) != console.CodeNotFound {
		return err
	}
	return &console.Error{Code: console.CodeNotFound, Message: sentence}
}
