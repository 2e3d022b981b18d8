package console

import (
	"strconv"
	"strings"
	"time"
)

// TokenExport says which tokens to export, in which order and as what.
type TokenExport struct {
	Filter TokenFilter
	Sort   TokenSort
	Format ExportFormat
	// Only are the tokens that were chosen one by one, at most BulkLimit; all
	// that pass the filter if there are none.
	Only []GUID
}

// Fields are the parts of x that are set, as a record of the export tells them.
func (x TokenExport) Fields() []Change {
	all := []Change{{Field: "format", New: string(x.Format)}}
	if len(x.Only) > 0 {
		return append(all, Change{Field: "chosen", New: strconv.Itoa(len(x.Only))})
	}
	return append(all, x.Filter.Fields()...)
}

// TokenLine is a token in JSON.
type TokenLine struct {
	GUID          GUID     `json:"guid"`
	Version       int      `json:"version"`
	Name          string   `json:"name"`
	Type          Type     `json:"type"`
	Description   string   `json:"description,omitempty"`
	Status        Status   `json:"status"`
	Scopes        []string `json:"scopes"`
	Repositories  []string `json:"repositories"`
	ValidFrom     string   `json:"valid_from,omitempty"`
	ValidTo       string   `json:"valid_to,omitempty"`
	CreatedAt     string   `json:"created_at"`
	Creator       string   `json:"creator,omitempty"`
	CreatorGUID   GUID     `json:"creator_guid,omitempty"`
	UpdatedAt     string   `json:"updated_at"`
	Owner         string   `json:"owner,omitempty"`
	OwnerGUID     GUID     `json:"owner_guid,omitempty"`
	IPFilter      string   `json:"ip_filter,omitempty"`
	DisabledAt    string   `json:"disabled_at,omitempty"`
	DisabledUntil string   `json:"disabled_until,omitempty"`
	RevokedAt     string   `json:"revoked_at,omitempty"`
	RevokeReason  string   `json:"revoke_reason,omitempty"`
	UsedAt        string   `json:"used_at,omitempty"`
}

// Line is t as JSON has it, with what it is at now.
func (t Token) Line(now time.Time) TokenLine {
	line := TokenLine{
		GUID: t.GUID, Version: t.Version, Name: t.Name, Type: t.Type, Description: t.Description, Status: t.Status(now),
		Scopes: append([]string{}, t.Scopes...), Repositories: []string{},
		ValidFrom: TimeText(t.ValidFrom), ValidTo: TimeText(t.ValidTo), CreatedAt: TimeText(t.CreatedAt),
		Creator: t.Creator.Name, CreatorGUID: t.Creator.GUID, UpdatedAt: TimeText(t.UpdatedAt),
		Owner: t.Owner.Name, OwnerGUID: t.Owner.GUID, IPFilter: t.IPFilter.Name,
		DisabledAt: TimeText(t.DisabledAt), DisabledUntil: TimeText(t.DisabledUntil),
		RevokedAt: TimeText(t.RevokedAt), RevokeReason: t.RevokeReason, UsedAt: TimeText(t.UsedAt),
	}
	for _, r := range t.Repositories {
		line.Repositories = append(line.Repositories, r.Name)
	}
	return line
}

// tokenColumns are the head of an export as CSV.
var tokenColumns = []string{
	"name", "type", "repositories", "scopes", "status", "valid_from", "valid_to", "owner", "ip_filter", "description", "guid",
	"created_at", "creator", "creator_guid", "owner_guid", "updated_at", "used_at",
	"disabled_at", "disabled_until", "revoked_at", "revoke_reason", "version",
}

// TokenHead is what an export of tokens begins with.
func (f ExportFormat) TokenHead() []byte { return f.head(tokenColumns) }

// Token is a token's line as an export has it, with the end of the line.
func (f ExportFormat) Token(line TokenLine) ([]byte, error) {
	if f == ExportJSONL {
		return jsonLine(line)
	}
	return csvRow([]string{
		line.Name, string(line.Type), strings.Join(line.Repositories, " "), strings.Join(line.Scopes, " "), string(line.Status),
		line.ValidFrom, line.ValidTo, line.Owner, line.IPFilter, line.Description, string(line.GUID),
		line.CreatedAt, line.Creator, string(line.CreatorGUID), string(line.OwnerGUID), line.UpdatedAt, line.UsedAt,
		line.DisabledAt, line.DisabledUntil, line.RevokedAt, line.RevokeReason, strconv.Itoa(line.Version),
	}), nil
}
