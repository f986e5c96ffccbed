# 页面文字（简体中文）

## Signing in

sign-in-title = 登录
sign-in-to = 登录 { $server }
sign-in-for = { $client } 请求访问权限。登录后，您可以在下一页决定是否允许。
user-name = 用户名
password = 密码
sign-in = 登录
wrong-credentials = 用户名或密码不正确。
too-many-attempts = 尝试次数过多。请{ $when }再试。
too-many-people = 目前登录的人数过多。请重试。
outdated = 您提交的内容已过期，未被使用。此页面是当前页面。

## Consent

consent-title = 允许访问？
consent-question = 允许 { $client } 使用 { $server }？
unnamed-application = 未命名的应用
by-operator = 此服务器的运营者注册了该应用。
verified = 已验证：该应用由 { $host } 发布，访问权限将授予该地址。
described-elsewhere = 该应用的说明位于 { $host }，但访问权限将授予另一个无人核实过的地址。仅当您认得下方的地址时，才允许访问。
unverified = 任何人都可以使用此名称，并且没有人核实过。仅当您认得下方的地址时，才允许访问。
returns-to = 访问权限将授予
on-this-device = 此设备上的应用（{ $place }）
opens-on-this-device = 此设备上用于打开 { $scheme } 链接的应用
asks-to-use = 服务器
signed-in-as = 您当前的登录身份
permissions = 请求的权限
scope-in-words = { $words }（{ $scope }）
scope-profile = 查看您的姓名
scope-email = 查看您的电子邮件地址
always-required = { $scope }，始终需要
loopback-warning = 该应用在此设备上运行，无法证明它是哪个应用。
private-use-warning = 响应会打开此设备上的一个应用。任何应用都可以声明接收此类链接，无法证明是哪个应用。
provider-next = 如果您允许访问，接下来将在 { $host } 登录。您也可以在那里选择其他账号。
did-you-start = 仅当您刚刚亲自发起此连接时，才允许访问。如果是别人向您发送了此页面的链接，请选择“{ deny }”。
another-account = 使用其他账号
allow = 允许
deny = 拒绝

## Connections

sign-in-for-connections = 随后您可以查看哪些应用以您的身份拥有访问权限，并可终止其访问。
sign-in-at = 接下来您将在 { $host } 登录。
connections-on-the-way = 正在前往您的连接。
connections-title = 您的连接
connections-count = 您的连接（{ $count }）
connections-shown = 共 { $count } 个，此页显示第 { $first } 至 { $last } 个，最新的在前。
connections-purpose = 这些应用以您的身份访问 { $server }。请终止您不使用或不认识的连接。
no-connections = 没有应用以您的身份拥有访问权限。
connection-of = { $client } 的连接
removed-application = 已删除的应用
only-described = 该应用的说明位于 { $host }，但访问权限已授予另一个无人核实过的地址。
own-name = 没有人核实过该应用的名称。
connected-since = 连接时间
last-used = 上次使用
not-known = 未知
seen-from = { $when }，来自网络 { $network }
granted-permissions = 权限
end-connection = 终止 { $client } 的连接
end-all = 终止所有连接和令牌，并在其他浏览器中退出登录
end-all-title = 要终止所有连接和令牌，并在其他浏览器中退出登录吗？
end-all-connections = { $count } 个应用与 { $server } 的连接将终止。
end-all-tokens = { $count } 个个人访问令牌将终止。
end-all-sessions = 您将在其他 { $count } 个浏览器中退出登录。
end-all-words = 终止的内容最迟将在 { $when }被拒绝。您想保留的应用需要重新连接，令牌需要重新创建。
ended-one = 连接已终止。该应用可能暂时仍可访问，但最迟将在 { $when }失去访问权限。
ended-all = 所有连接和个人访问令牌已终止，您已在所有其他浏览器中退出登录。已终止的内容可能暂时仍可使用，但最迟将在 { $when }失效。
ended-before = 此连接此前已终止。
older = 较早的连接
newer = 较新的连接
download-json = 下载为 JSON
sign-out = 退出登录
signed-out-title = 您已退出登录
signed-out-words = 您的应用仍保留访问权限。
nothing-done = 您当时已退出登录，因此未作任何更改。请登录后重试。
cancel = 取消
try-again = 重试

## Personal access tokens

personal-title = 个人访问令牌
personal-purpose = 有了这样的令牌，无法登录的脚本或应用就能以您的身份使用 { $server }。持有令牌的人拥有它所给予的访问权限，请像密码一样保管它。
no-personal-tokens = 您没有个人访问令牌。
personal-token-of = 令牌 { $name }
token-made = 创建时间
token-ends = 到期时间
end-token = 终止令牌 { $name }
ended-token = 令牌已终止。它可能暂时仍可使用，但最迟将在 { $when }失效。
older-tokens = 较早的令牌
newer-tokens = 较新的令牌
new-token = 创建令牌
new-token-title = 创建个人访问令牌
token-name = 令牌的用途
token-days = 有效天数（最多 { $count }）
create-token = 创建此令牌
token-created-title = 您的新令牌
token-shown-once = 请立即复制令牌：它只显示一次。请保存在您存放密码的地方。
token-header = 在每个请求中用此标头发送它
token-try = 要试用它，请在终端中输入
token-made-before = 此表单已创建过令牌，而令牌只显示一次。如果您没有复制，请终止它并另建一个。
tokens-too-many = 您有 { $count } 个令牌，已达上限。请终止一个不需要的令牌。
tokens-too-many-ended = 您提前终止了太多令牌。等其中一些到期后，您可以再次创建。
token-name-missing = 请填写一个简短的名称，说明令牌的用途。
token-days-wrong = 令牌的有效天数为 1 到 { $count }。
token-too-long = 使用这些权限，令牌会太长。请选择较少的权限。
tokens-without-list = 目前无法创建令牌，因为此服务器无法终止它。您的管理员可以查明原因。
tokens-off = 此服务器不提供个人访问令牌。
back-to-connections = 返回您的连接
## 您的账户

sign-in-for-account = 随后您可以查看并更改登录方式。
account-title = 您的账户
account-open = 密码和账户
present-password = 当前密码
new-password = 新密码，至少 { $count } 个字符
repeat-password = 再次输入新密码
change-password = 更改密码
password-change-effect = 您将在所有其他浏览器中退出登录。您的应用仍保留访问权限。
password-by-administrator = 只有管理员可以更改您的密码。
password-changed = 您的密码已更改，您已在所有其他浏览器中退出登录。您的应用仍保留访问权限。
present-password-wrong = 当前密码不正确。
passwords-differ = 两次输入的新密码不一致。请重新输入。
password-same = 新密码与当前密码相同。请另选一个。
password-short = 新密码少于 { $count } 个字符。请选择更长的密码。
password-guessable = 新密码容易被猜到：它主要由常见词语、姓名、重复或连续的字符组成。请另选一个，例如几个互不相关的词语。
password-not-written = 密码未更改，因为此服务器无法保存。管理员可以查明原因。

## 第二重验证

second-factor-title = 输入验证码
second-factor-prompt = 请输入身份验证器应用显示的六位数字。如果您已没有该应用，请输入一个恢复码。
code = 验证码
code-wrong = 验证码不正确或已被使用。请输入应用显示的下一个验证码。
second-factor = 应用验证码
second-factor-off = 使用密码登录时不需要验证码。设置后，还需要手机应用中的验证码，仅知道您密码的人将无法登录。
second-factor-demanded = 管理员要求使用此验证，因此您无法将其关闭。如果您丢失手机，管理员可以重置。
second-factor-turned-off = 已关闭。您现在仅使用密码登录。
turn-off = 关闭
set-up = 设置
set-up-title = 设置应用验证码
set-up-required = 登录此服务器除密码外，还需要手机应用中的验证码。请立即设置。
set-up-how = 请用手机上的身份验证器应用扫描此图片，或在应用中输入密钥。然后输入应用显示的六位数字。
set-up-picture = 用于身份验证器应用的二维码
set-up-key = 密钥
set-up-open = 在此设备的应用中打开
set-up-code = 应用显示的验证码
set-up-effect = 您将在所有其他浏览器中退出登录。您的应用仍保留访问权限。
set-up-since = 设置时间
recovery-title = 您的恢复码
recovery-words = 如果您丢失手机，可以使用其中一个恢复码登录。每个恢复码只能使用一次。请妥善保管：它们不会再次显示。
recovery-codes = 恢复码
recovery-codes-left = 剩余 { $count } 个
recovery-codes-new = 要获取新的恢复码，请先关闭，然后重新设置。

## 通行密钥

passkey-sign-in = 使用通行密钥登录
passkey-failed = 未能使用通行密钥登录。请重试，或使用密码登录。
passkeys = 通行密钥
passkeys-what = 有了通行密钥，您可以用指纹、面容或设备的 PIN 登录，无需密码，也无需验证码。
passkey-name = 这个通行密钥的名称（例如设备名称）
passkey-called = 名称
passkey-host = 用于
passkey-added-on = 添加时间
not-used = 尚未使用
passkey-remove = 移除 { $name }
passkey-add = 添加通行密钥
passkey-how = 请先确认是您本人。随后浏览器会要求您解锁设备，并将通行密钥保存在设备上。
passkey-next = 浏览器现在会要求您解锁设备。
passkey-make = 创建通行密钥
passkey-unsupported = 此浏览器无法在这里创建通行密钥。请使用其他浏览器，或允许此页面使用 JavaScript。
passkey-not-added = 未添加通行密钥。请重试，或使用其他设备。
passkey-added = 已添加通行密钥。今后您可以用它登录。
passkey-removed = 已移除通行密钥。您也可以在设备上将其删除。
passkey-name-missing = 请输入一个便于您识别通行密钥的简短名称。
passkeys-too-many = 您无法在此再添加通行密钥。最多可以有 { $count } 个，请移除不需要的。

## On the way

continue-hint = 如果没有反应，请从这里继续：
continue = 继续
allowed-title = 已允许访问
denied-title = 您已拒绝访问请求
login-over-title = 此次登录已结束
login-over-words = 您可以关闭此窗口。如果您此前允许过访问，可以在您的连接中终止。
signed-in-title = 已登录
back-on-the-way = 正在返回应用。
close-hint = 应用打开后，您可以关闭此页面。
provider-title = 正在前往登录页面
provider-on-the-way = 正在前往 { $host }，请在那里登录。

## A login that ended without access

no-access-title = 无访问权限
not-now-title = 现在无法登录
not-signed-in-title = 您尚未登录
back-to-application = 返回应用
reason-for-administrator = 供管理员参考的原因代码
you-signed-in-as = 您的登录身份
provider-not-set-up = 此服务器与您的身份提供方尚未正确配置。在管理员更改配置之前，重试没有作用。
provider-unverified = 无法验证身份提供方的响应，因此您没有登录。您的管理员可以查明原因。
provider-unavailable = 您的身份提供方目前没有响应。请返回，几分钟后再试。
provider-denied = 登录已取消，或者您的身份提供方不允许登录。您可以返回并重试。
provider-incomplete = 您的身份提供方没有完成登录，可能是因为耗时过长。请返回并重试。
rules-missing = 尚未配置谁可以使用此服务器。您的管理员需要进行配置。
not-in-directory = 您的账号不属于可以使用此服务器的组织。
not-managed = 虽然从地址看似乎如此，但您的账号并非由可以使用此服务器的组织管理。
not-listed = 您的账号不在可以使用此服务器的用户名单中。
email-not-verified = 只有电子邮件地址已验证的用户才能使用此服务器，而您的身份提供方未确认您的地址已验证。
email-elsewhere = 您的电子邮件地址不属于可以使用此服务器的组织。
not-in-group = 您不属于任何可以使用此服务器的群组。

## How to connect

connect-title = 如何连接
connect-to = 连接到 { $server }
connect-what = Claude、ChatGPT、VS Code 等应用可以使用此服务器。请在您的应用中添加以下地址：
connect-address = 地址
connect-next = 随后，浏览器会打开此服务器的页面。您可以在那里登录，并允许或拒绝访问。
connect-in = 在 { $client } 中
connect-menu = 选择 { $menu }，然后粘贴地址。
connect-command = 在终端中输入
connect-file = 添加到文件 { $file }
connect-other = 在其他应用中
connect-other-way = 添加类型为“Streamable HTTP”或“HTTP”的 MCP 服务器，然后粘贴地址。无需密钥。
connect-see = 查看已连接的应用

## Errors

failure-title = 操作未成功
failure-general = 无法完成登录请求。请返回应用并重新连接。
failure-ours = 此服务器目前无法响应。请几分钟后再试。
failure-too-many = 请求过多。请{ $when }再试。
reason-code = 原因代码
details = 详细信息
requested = 请求的地址
registered = 已注册的地址
client-missing = 该应用没有表明自己的身份。
client-repeated = 该应用为其身份或返回地址提供了两个不同的值。
operator-must-set-rules = 尚未配置谁可以访问。此服务器的运营者需要设置 allowedUsers、allowedEmailDomains 或 allowedGroups；如果任何 Entra ID 目录的用户都可以登录，还需要设置 allowedTenants。
client-unknown = 此服务器不认识该应用。请在应用中删除此连接并重新添加，使其重新注册。
client-unreachable = 此服务器无法连接到发布该应用说明的 { $host }。请稍后再试。如果问题仍然存在，请告知此服务器的运营者。
client-unreadable = 此服务器无法读取描述该应用的文档，或者不接受该文档。
login-unknown = 此次登录已结束。可能是因为登录是在其他浏览器中开始的，或者您的浏览器不接受 Cookie。请返回应用并重新连接。
redirect-missing = 该应用没有说明返回地址，并且没有恰好注册一个地址。
redirect-private-use = 该应用要求返回的地址属于此服务器不接受的类型。此服务器的运营者可以允许：请参阅文档中的 BOUNCER_REDIRECT_SCHEMES。
redirect-host = 该应用要求返回到此服务器不允许的地址。此服务器的运营者可以允许：请参阅文档中的 allowedRedirectHosts。
redirect-unregistered = 该应用要求返回到它没有注册的地址。没有共享任何信息。您可以关闭此页面。
clock-skew = 代理与授权服务器的时钟相差超过一分钟。此服务器的运营者需要校正时钟。
foreign-form = 此表单不是从此服务器的页面发送的。请返回应用并重新连接。
origin-hidden = 您的浏览器没有说明此表单是从哪个页面发送的。请尝试其他浏览器或较新的浏览器。如果仍然无效，请告知此服务器的管理员：代理向其页面添加了标头 Referrer-Policy: no-referrer。

## Links to the operator’s own pages

support = 帮助
imprint = 法律声明
privacy = 隐私

## Dates and times

moment = { $year }年{ $month }月{ $day }日 { $hour }:{ $minute } UTC
in-seconds = { $count } 秒后
in-minutes = { $count } 分钟后
in-hours = { $count } 小时后
in-days = { $count } 天后
