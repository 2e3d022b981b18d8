package views

import "latchkey/internal/console"

// BulkPath asks, by POST, whether to change several tokens.
func BulkPath(repository string) string { return TokensPath(repository) + "/bulk" }

// BulkExecutionPath changes several tokens, by POST.
func BulkExecutionPath(repository string) string { return BulkPath(repository) + "/execution" }

// BulkJobsPath is the list of bulk changes.
func BulkJobsPath() string { return "/jobs" }

// BulkJobPath is one of them.
func BulkJobPath(job console.GUID) string { return BulkJobsPath() + "/" + string(job) }

// BulkProgressPath tells how far a bulk change is, as events.
func BulkProgressPath(job console.GUID) string { return BulkJobPath(job) + "/events" }

// BulkCancellationPath ends one.
func BulkCancellationPath(job console.GUID) string { return BulkJobPath(job) + "/cancellation" }

// BulkOutcomesPath is what became of each of its tokens, as a file.
func BulkOutcomesPath(job console.GUID, format console.ExportFormat) string {
	return BulkJobPath(job) + "/outcomes." + string(format)
}

// EmergencyPath revokes whatever matches a leak.
func EmergencyPath() string { return "/emergency" }

// AuditJobPath is what the audit log tells of a bulk change, ever.
func AuditJobPath(job console.GUID) string {
	return AuditPath() + "?job=" + string(job) + "&period=all"
}

// AuditThroughPath is what the audit log tells was done with a token, ever.
func AuditThroughPath(t console.Token) string {
	if t.Type == console.TypePersonal {
		return AuditPath() + "?period=all&through=" + string(t.GUID)
	}
	return AuditByPath(t.GUID)
}

// AuditOfPath is what the audit log tells of one target, ever.
func AuditOfPath(target console.GUID) string {
	return AuditPath() + "?period=all&target=" + string(target)
}

// AuditByPath is what the audit log tells of one person's doing, ever.
func AuditByPath(actor console.GUID) string {
	return AuditPath() + "?actor=" + string(actor) + "&period=all"
}
