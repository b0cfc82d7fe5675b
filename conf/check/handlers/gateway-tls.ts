// TLS towards what is behind: proxy_ssl_verify and its cousins need something to check against. Opens no file.
import type { Call } from '../call.ts'
import type { Level, World } from '../level.ts'

/** A TLS connection to a gateway: what it is checked against, and the key to the certificate it shows. */
export function checkGatewayTls(call: Call): void {
  const { family, level, world, directive } = call
  const module = call.name.replace(/_pass$/, '')
  const target = call.arg(0)
  if (!/^(?:https|grpcs|suwsgi):\/\//i.test(target) && !target.includes('$')) return
  family?.atEnd.push(() => {
    const verify = level.inherited(`${module}_ssl_verify`)
    const says = (message: string): void => family.fails(world, message, verify ?? directive, 'reference')
    const shown = level.inherited(`${module}_ssl_certificate`)
    if (shown !== undefined && level.inherited(`${module}_ssl_certificate_key`) === undefined) {
      says(`no "${module}_ssl_certificate_key" is defined for certificate "${shown.args[0]?.value}"`)
    } else if (
      verify?.args[0]?.value.toLowerCase() === 'on' &&
      level.inherited(`${module}_ssl_trusted_certificate`) === undefined
    ) {
      says(`no ${module}_ssl_trusted_certificate for ${module}_ssl_verify`)
    }
  })
}

/** The same for a server of stream{}, when it is complete: `proxy_ssl on` may stand around it. */
export function checkStreamTls(level: Level, world: World) {
  const ssl = level.inherited('proxy_ssl')
  if (ssl?.args[0]?.value.toLowerCase() !== 'on') return
  const verify = level.inherited('proxy_ssl_verify')
  const shown = level.inherited('proxy_ssl_certificate')
  const says = (message: string): void =>
    world.stream?.fails(world, message, verify ?? shown ?? ssl, 'reference')
  if (shown !== undefined && level.inherited('proxy_ssl_certificate_key') === undefined)
    says(`no "proxy_ssl_certificate_key" is defined for certificate "${shown.args[0]?.value}"`)
  else if (
    verify?.args[0]?.value.toLowerCase() === 'on' &&
    level.inherited('proxy_ssl_trusted_certificate') === undefined
  )
    says('no proxy_ssl_trusted_certificate for proxy_ssl_verify')
}
