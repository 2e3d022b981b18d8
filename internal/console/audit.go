package console

import (
	"slices"
	"strconv"
	"time"
)

// Action is what an audit event says was done, in the past tense.
type Action string

// The actions.
const (
	TokenCreated      Action = "token.created"
	TokenEdited       Action = "token.edited"
	TokenDisabled     Action = "token.disabled"
	TokenEnabled      Action = "token.enabled"
	TokenRotated      Action = "token.rotated"
	TokenOverlapEnded Action = "token.overlap_ended"
	TokenRevoked      Action = "token.revoked"
	TokenDeleted      Action = "token.deleted"
	TokensPurged      Action = "tokens.purged"
	TokensExported    Action = "tokens.exported"
	TokensImported    Action = "tokens.imported"
	// TokenRefused is a token that was presented in vain, as often as it says.
	TokenRefused      Action = "token.refused"
	RepositoryCreated Action = "repository.created"
	RepositoryEdited  Action = "repository.edited"
	RepositoryDeleted Action = "repository.deleted"
	ScopeCreated      Action = "scope.created"
	ScopeEdited       Action = "scope.edited"
	ScopeRetired      Action = "scope.retired"
	ScopeReinstated   Action = "scope.reinstated"
	IPFilterCreated   Action = "ip_filter.created"
	IPFilterEdited    Action = "ip_filter.edited"
	IPFilterDeleted   Action = "ip_filter.deleted"
	AssetCreated      Action = "asset.created"
	AssetEdited       Action = "asset.edited"
	AssetDeleted      Action = "asset.deleted"
	UserCreated       Action = "user.created"
	UserInvited       Action = "user.invited"
	UserJoined        Action = "user.joined"
	UserLinkCreated   Action = "user.link_created"
	UserPasswordSet   Action = "user.password_set"
	UserEdited        Action = "user.edited"
	UserAccessChanged Action = "user.access_changed"
	UserDisabled      Action = "user.disabled"
	UserEnabled       Action = "user.enabled"
	UserDeleted       Action = "user.deleted"
	MemberAdded       Action = "member.added"
	MemberChanged     Action = "member.changed"
	MemberRemoved     Action = "member.removed"
	IdentityLinked    Action = "identity.linked"
	IdentityUnlinked  Action = "identity.unlinked"
	SignedIn          Action = "session.started"
	SignInRefused     Action = "session.refused"
	SignInThrottled   Action = "session.throttled"
	SignedOut         Action = "session.ended"
	// SessionRevoked is a session that was ended from another one.
	SessionRevoked      Action = "session.revoked"
	FactorRefused       Action = "session.second_factor_refused"
	ProofRefused        Action = "session.proof_refused"
	PasswordChanged     Action = "password.changed"
	FactorAdded         Action = "factor.added"
	FactorRenamed       Action = "factor.renamed"
	FactorRemoved       Action = "factor.removed"
	FactorsReset        Action = "factor.reset"
	RecoveryUsed        Action = "recovery.used"
	RecoveryRegenerated Action = "recovery.regenerated"
	SettingsEdited      Action = "settings.edited"
	PolicyEdited        Action = "policy.edited"
	AccessDenied        Action = "access.denied"
	ViewCreated         Action = "view.created"
	ViewEdited          Action = "view.edited"
	ViewDeleted         Action = "view.deleted"
	AuditExported       Action = "audit.exported"
	// BulkStarted is the beginning of a job, which its changes name.
	BulkStarted   Action = "bulk.started"
	BulkFinished  Action = "bulk.finished"
	BulkCancelled Action = "bulk.cancelled"
	// BulkStopped is a job whose actor may not do it any more.
	BulkStopped Action = "bulk.stopped"
	// KeyChanged is the first start with another key than before.
	KeyChanged Action = "key.changed"
)

// Actions are all actions, for tables that must not miss one, those about the
// same side by side.
var Actions = []Action{
	TokenCreated, TokenEdited, TokenDisabled, TokenEnabled, TokenRotated, TokenOverlapEnded, TokenRevoked, TokenDeleted, TokensPurged, TokensExported, TokensImported, TokenRefused,
	BulkStarted, BulkFinished, BulkCancelled, BulkStopped,
	RepositoryCreated, RepositoryEdited, RepositoryDeleted,
	ScopeCreated, ScopeEdited, ScopeRetired, ScopeReinstated,
	IPFilterCreated, IPFilterEdited, IPFilterDeleted,
	AssetCreated, AssetEdited, AssetDeleted,
	UserCreated, UserInvited, UserJoined, UserLinkCreated, UserPasswordSet, UserEdited, UserAccessChanged, UserDisabled, UserEnabled, UserDeleted,
	MemberAdded, MemberChanged, MemberRemoved, IdentityLinked, IdentityUnlinked,
	SignedIn, SignInRefused, SignInThrottled, SignedOut, SessionRevoked, FactorRefused, ProofRefused, PasswordChanged,
	FactorAdded, FactorRenamed, FactorRemoved, FactorsReset, RecoveryUsed, RecoveryRegenerated,
	SettingsEdited, PolicyEdited, AccessDenied, AuditExported, ViewCreated, ViewEdited, ViewDeleted, KeyChanged,
}

// ChangesTokens reports whether what was done, to something else than one token,
// may have changed what tokens are worth or what is told about them. It says so
// of all actions that it does not know to be of no consequence.
func (a Action) ChangesTokens() bool {
	return !slices.Contains([]Action{
		TokenCreated, TokensExported, TokensImported, TokenRefused, RepositoryCreated, ScopeCreated, ScopeEdited, ScopeRetired, ScopeReinstated, IPFilterCreated,
		AssetCreated, AssetEdited,
		UserCreated, UserInvited, UserLinkCreated, UserAccessChanged, UserDisabled, UserEnabled,
		MemberAdded, MemberChanged, MemberRemoved, IdentityLinked, IdentityUnlinked,
		SignedIn, SignInRefused, SignInThrottled, SignedOut, SessionRevoked, FactorRefused, ProofRefused, PasswordChanged,
		FactorAdded, FactorRenamed, FactorRemoved, FactorsReset, RecoveryUsed, RecoveryRegenerated,
		SettingsEdited, PolicyEdited, AccessDenied, AuditExported, ViewCreated, ViewEdited, ViewDeleted, KeyChanged,
		BulkStarted, BulkFinished, BulkCancelled, BulkStopped, // each token has its own event
	}, a)
}

// ChangesSurroundings reports whether what was done may have changed something
// else than tokens, sessions and the record itself. It says so of all actions
// that it does not know better.
func (a Action) ChangesSurroundings() bool {
	return !slices.Contains([]Action{
		TokenCreated, TokenEdited, TokenDisabled, TokenEnabled, TokenRotated, TokenOverlapEnded, TokenRevoked, TokenDeleted, TokensPurged, TokensExported, TokensImported, TokenRefused,
		BulkStarted, BulkFinished, BulkCancelled, BulkStopped,
		SignedIn, SignInRefused, SignInThrottled, SignedOut, SessionRevoked, FactorRefused, ProofRefused, AccessDenied, AuditExported,
	}, a)
}

// ChangesPeople reports whether what was done, and ChangesTokens knows to be of no
// consequence for other tokens, changes what people may do, and with it what
// their personal tokens are worth.
func (a Action) ChangesPeople() bool {
	return slices.Contains([]Action{
		UserAccessChanged, UserDisabled, UserEnabled, MemberAdded, MemberChanged, MemberRemoved, ScopeCreated, ScopeRetired, ScopeReinstated,
		FactorAdded, FactorRemoved, FactorsReset,
	}, a)
}

// TargetKind tells what an audit event is about.
type TargetKind string

// The kinds of targets.
const (
	TargetToken      TargetKind = "token"
	TargetRepository TargetKind = "repository"
	TargetScope      TargetKind = "scope"
	TargetUser       TargetKind = "user"
	TargetSettings   TargetKind = "settings"
	TargetAudit      TargetKind = "audit"
	TargetIPFilter   TargetKind = "ip_filter"
	TargetPolicy     TargetKind = "policy"
	TargetView       TargetKind = "view"
	TargetAsset      TargetKind = "asset"
	TargetBulk       TargetKind = "bulk"
)

// Target is what was changed. The name is a copy, so that it outlives the record.
type Target struct {
	Kind TargetKind
	GUID GUID
	Name string
}

// AsTarget is t as an audit event mentions it.
func (t Token) AsTarget() Target { return Target{TargetToken, t.GUID, t.Name} }

// AsTarget is r as an audit event mentions it.
func (r Repository) AsTarget() Target { return Target{TargetRepository, r.GUID, r.Name} }

// AsTarget is f as an audit event mentions it.
func (f IPFilter) AsTarget() Target { return Target{TargetIPFilter, f.GUID, f.Name} }

// AsTarget is a as an audit event mentions it.
func (a Asset) AsTarget() Target { return Target{TargetAsset, a.GUID, a.Name} }

// AsTarget is u as an audit event mentions them.
func (u User) AsTarget() Target { return Target{TargetUser, u.GUID, u.Name} }

// AsTarget is p as an audit event mentions it.
func (p Policy) AsTarget() Target { return Target{Kind: TargetPolicy, Name: p.Type.Label()} }

// AsTarget is s as an audit event mentions it.
func (s Scope) AsTarget() Target { return Target{Kind: TargetScope, Name: s.Name} }

// AsTarget is s as an audit event mentions them.
func (s Settings) AsTarget() Target { return Target{Kind: TargetSettings, Name: "Settings"} }

// AuditMark is how far an audit log had come: the number and the hash of its newest
// event. Its zero value says nothing.
type AuditMark struct {
	ID   int64
	Hash string
}

// AuditEvent is one line of the audit log. It holds no secret, by construction:
// nothing that a Secret prints would open anything.
type AuditEvent struct {
	ID        int64
	At        time.Time
	Action    Action
	ActorKind PrincipalKind
	Actor     PersonRef
	// Through is the personal token with which they asked; empty in the console.
	Through GUID
	Target  Target
	// Repositories are where the target belongs.
	Repositories []RepositoryRef
	Reason       string
	Address      string
	Agent        string
	RequestID    string
	// Changes are old and new values by field.
	Changes []Change
	// Parent is the job that this is a part of; empty for none.
	Parent GUID
}

// Change is one field's old and new value, as text for people.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// AuditReport is what a walk along the audit log's chain found.
type AuditReport struct {
	// Events is how many events were checked.
	Events int
	// Head is the hash of the last sound event.
	Head string
	// Broken is the number of the first event that is not as it was written,
	// 0 if there is none.
	Broken int64
	// Why says in a sentence what is wrong; empty when nothing is.
	Why string
}

// AuditFilter says which events to list; every field that is set narrows.
type AuditFilter struct {
	// Text keeps events in whose actor or target, by name or GUID, all of these
	// words occur.
	Text       string
	Target     GUID
	Actor      GUID
	Actions    []Action
	Repository GUID
	// Parent keeps the events that are a part of that job.
	Parent GUID
	// Alone keeps the events that are a part of no job.
	Alone bool
	// Through keeps what was done through that personal token.
	Through GUID
	// From and To keep events in [from, to).
	From time.Time
	To   time.Time
}

// Changes compares the fields of a record before and after, in their order,
// and keeps those that differ.
func Changes(before, after []Change) []Change {
	old := map[string]string{}
	for _, field := range before {
		old[field.Field] = field.New
	}
	var changes []Change
	for _, field := range after {
		if old[field.Field] != field.New {
			changes = append(changes, Change{Field: field.Field, Old: old[field.Field], New: field.New})
		}
	}
	return changes
}

// Count writes a number with its noun, in the plural unless it is one.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Fields are what f asks for, as a record tells it.
func (f AuditFilter) Fields() []Change {
	parts := ""
	if f.Alone {
		parts = "left out"
	}
	all := []Change{
		{Field: "text", New: WithoutSecret(f.Text)},
		{Field: "target", New: string(f.Target)},
		{Field: "actor", New: string(f.Actor)},
		{Field: "actions", New: joined(f.Actions)},
		{Field: "repository", New: string(f.Repository)},
		{Field: "parent", New: string(f.Parent)},
		{Field: "parts", New: parts},
		{Field: "through", New: string(f.Through)},
		{Field: "from", New: TimeText(f.From)},
		{Field: "to", New: TimeText(f.To)},
	}
	return slices.DeleteFunc(all, func(c Change) bool { return c.New == "" })
}
