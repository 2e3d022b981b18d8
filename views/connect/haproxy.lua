-- Save as /etc/haproxy/latchkey.lua. "http-request lua.latchkey URL" asks Latchkey
-- about a request, and notes the answer in txn.latchkey_status, _challenge and
-- _retry. Only the answer 200 names a token to the service.
local identity = { << .Quoted >> }

local function first(response, name)
    local values = response.headers and response.headers[name]
    return values and values[0] or nil
end

core.register_action("latchkey", { "http-req" }, function(txn, url)
    for _, name in ipairs(identity) do
        txn.http:req_del_header(name)
    end
    txn:set_var("txn.latchkey_status", "0")
    local headers = {
        -- The peer, whatever it claims.
        ["x-forwarded-for"] = { txn.sf:src() },
        ["x-forwarded-method"] = { txn.sf:method() },
        ["x-forwarded-uri"] = { txn.sf:pathq() },
    }
    -- Every one of them: Latchkey refuses two.
    local sent = txn.http:req_get_headers()["authorization"]
    if sent ~= nil then
        local credentials = {}
        for i = 0, #sent do
            if sent[i] ~= nil then
                credentials[#credentials + 1] = sent[i]
            end
        end
        headers["authorization"] = credentials
    end
    local asked, response = pcall(function()
        return core.httpclient():get{ url = url, headers = headers, timeout = 250 }
    end)
    if not asked or response == nil or response.status == nil or response.status == 0 then
        return
    end
    if response.status == 200 then
        for _, name in ipairs(identity) do
            local value = first(response, name)
            if value == nil then
                return
            end
            txn.http:req_set_header(name, value)
        end
    end
    txn:set_var("txn.latchkey_challenge", first(response, "www-authenticate") or "Bearer")
    txn:set_var("txn.latchkey_retry", first(response, "retry-after") or "5")
    txn:set_var("txn.latchkey_status", tostring(response.status))
end, 1)
