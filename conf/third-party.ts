// Modules and directives that are not nginx's own, by name: what they take is let pass where it is not known.

/** Modules neither nginx nor Debian ships, nginx Plus, and other systems' event methods: their directives are let pass. */
const FOREIGN =
  /^(?:secure_link_hmac|otel_|acme_|vhost_traffic_status|stream_server_traffic_status|server_traffic_status|upstream_conf$|passenger_|passenger$|rails_|union_station_|pagespeed|modpagespeed|google_perftools_profiles$|status_zone$|status$|status_format$|zone_sync|health_check|match$|keyval|api$|auth_jwt|auth_oidc|auth_ldap|auth_digest|ldap_server$|oidc_|session_log|f4f|hls|mqtt|ntlm$|sticky|queue$|state$|least_time$|mgmt$|license_token$|usage_report|ssl_verify$|opentracing|zipkin|jaeger|SecRules|SecLearn|DeniedUrl$|CheckRule$|BasicRule$|MainRule$|LearningMode$|LibInjection|IgnoreIP|IgnoreCIDR|naxsi|upload_|testcookie|lua_|ajp_|redis_|redis2_|drizzle_|postgres_|rds_|form_input|set_form_input|encrypted_session|set_encrypt|set_decrypt|set_iconv|iconv_|xss_|array_|eval|slowfs_|dyups|check$|check_|req_status|concat|zstd|vod|aws_|set_cookie_flag$|security_headers|hide_server_tokens$|access_control|immutable$|length_hiding|js_challenge|sorted_querystring|upsync|sysguard|trim|untar|unzip|video_thumbextractor|waf|xray_|statsd|kqueue_|devpoll_|eventport_|iocp_|degrad|thread_stack_size$|cookie_flag|dynamic_tls|ssl_dyn_rec|http2_hpack_enc$|app_protect|limit_upload_rate|doh$|jwt_|auth_cookie|upstream_jdomain|jdomain$|resolver_file$|proxy_connect|bot_|captcha|secure_download|mogilefs_|ct$|ssl_ct|ipscrub|tcp$|ngx_)|_by_lua(?:_block|_file)?$/

/** Modules Debian ships beside nginx; what people run is often older or newer than Debian's. */
const THIRD_PARTY =
  /^(?:ndk_http|ngx_http_(?:auth_jwt|auth_pam|auth_spnego|brotli_\w+|cache_purge|dav_ext|echo|eval|fancyindex|geoip2|headers_more_filter|hmac_secure_link|js|lua|memc|modsecurity|push_stream|set_misc|srcache_filter|subs_filter|uploadprogress|upstream_fair|xss_filter|zstd_\w+)|ngx_nchan|ngx_rtmp_\w+|ngx_stream_(?:js|geoip2))_module$/

export const isThirdParty = (module: string): boolean => THIRD_PARTY.test(module)

/** Whether a directive the tables lack belongs to a module we know by name only. */
export const isForeign = (name: string): boolean => FOREIGN.test(name)
