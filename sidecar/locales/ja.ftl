# ページの文章（日本語、です・ます体）

## Signing in

sign-in-title = サインイン
sign-in-to = { $server } にサインイン
sign-in-for = { $client } がアクセスを求めています。サインインすると、次のページで許可するかどうかを選べます。
user-name = ユーザー名
password = パスワード
sign-in = サインイン
wrong-credentials = ユーザー名またはパスワードが正しくありません。
too-many-attempts = 試行回数が多すぎます。{ $when }にもう一度お試しください。
too-many-people = 現在、サインインが混み合っています。もう一度お試しください。
outdated = 送信された内容は古くなっていたため、使用されませんでした。このページが最新です。

## Consent

consent-title = アクセスを許可しますか？
consent-question = { $client } に { $server } の使用を許可しますか？
unnamed-application = 名前のないアプリケーション
by-operator = このサーバーの運営者がこのアプリケーションを登録しました。
verified = 確認済み：このアプリケーションは { $host } が公開しており、アクセス権はそのアドレスに渡されます。
described-elsewhere = このアプリケーションの説明は { $host } にありますが、アクセス権は、誰も確認していない別のアドレスに渡されます。下のアドレスをご存じの場合にだけ許可してください。
unverified = この名前は誰でも使うことができ、誰も確認していません。下のアドレスをご存じの場合にだけ許可してください。
returns-to = アクセス権の渡し先
on-this-device = このデバイス上のアプリケーション（{ $place }）
opens-on-this-device = { $scheme } のリンクを開く、このデバイス上のアプリケーション
asks-to-use = サーバー
signed-in-as = サインイン中のユーザー
permissions = 求められている権限
scope-in-words = { $words }（{ $scope }）
scope-profile = あなたの名前を見る
scope-email = あなたのメールアドレスを見る
always-required = { $scope }、常に必要
loopback-warning = このアプリケーションはこのデバイス上で動作しており、どのアプリケーションかを証明するものはありません。
private-use-warning = 応答により、このデバイス上のアプリケーションが開きます。このようなリンクはどのアプリケーションでも受け取ることができ、どれが受け取るかを証明するものはありません。
provider-next = 許可すると、次に { $host } でサインインします。そちらで別のアカウントを選ぶこともできます。
did-you-start = この接続をたった今ご自分で始めた場合にだけ許可してください。誰かからこのページへのリンクが送られてきた場合は、「{ deny }」を選んでください。
another-account = 別のアカウントを使う
allow = 許可する
deny = 拒否する

## Connections

sign-in-for-connections = その後、あなたとしてアクセスできるアプリケーションを確認し、そのアクセスを終了できます。
sign-in-at = 次に { $host } でサインインします。
connections-on-the-way = 接続の一覧に移動しています。
connections-title = 接続の一覧
connections-count = 接続の一覧（{ $count } 件）
connections-shown = 全 { $count } 件のうち { $first } 件目から { $last } 件目を、新しい順に表示しています。
connections-purpose = 以下のアプリケーションは、あなたとして { $server } にアクセスできます。使っていないものや心当たりのないものは終了してください。
no-connections = あなたとしてアクセスできるアプリケーションはありません。
connection-of = { $client } の接続
removed-application = 削除されたアプリケーション
only-described = このアプリケーションの説明は { $host } にありますが、アクセス権は、誰も確認していない別のアドレスに渡されました。
own-name = このアプリケーションの名前は、誰も確認していません。
connected-since = 接続日時
last-used = 最終使用
not-known = 不明
seen-from = { $when }（ネットワーク { $network }）
granted-permissions = 権限
end-connection = { $client } の接続を終了する
end-all = すべての接続とトークンを終了し、ほかのブラウザーからサインアウトする
end-all-title = すべての接続とトークンを終了し、ほかのブラウザーからサインアウトしますか？
end-all-connections = アプリケーションから { $server } への接続 { $count } 件が終了します。
end-all-tokens = 個人用アクセストークン { $count } 個が終了します。
end-all-sessions = ほかの { $count } 個のブラウザーからサインアウトします。
end-all-words = 終了したものは、遅くとも { $when }に拒否されます。引き続き使うアプリケーションはもう一度接続し、トークンはもう一度作成してください。
ended-one = 接続を終了しました。アプリケーションはまだアクセスできる場合がありますが、遅くとも { $when }にはできなくなります。
ended-all = すべての接続と個人用アクセストークンを終了し、ほかのすべてのブラウザーからサインアウトしました。終了したものはまだ使える場合がありますが、遅くとも { $when }には使えなくなります。
ended-before = この接続はすでに終了していました。
older = 以前の接続
newer = 新しい接続
download-json = JSON 形式でダウンロード
sign-out = サインアウト
signed-out-title = サインアウトしました
signed-out-words = アプリケーションのアクセス権はそのまま残ります。
nothing-done = サインアウトされていたため、何も変更されていません。サインインして、もう一度お試しください。
cancel = キャンセル
try-again = もう一度試す

## Personal access tokens

personal-title = 個人用アクセストークン
personal-purpose = このトークンを使うと、サインインできないスクリプトやアプリケーションが、あなたとして { $server } を利用できます。トークンを持つ人は誰でもそのアクセス権を持ちます。パスワードと同じように保管してください。
no-personal-tokens = 個人用アクセストークンはありません。
personal-token-of = トークン { $name }
token-made = 作成日時
token-ends = 有効期限
end-token = トークン { $name } を終了する
ended-token = トークンを終了しました。まだ使える場合がありますが、遅くとも { $when }には使えなくなります。
older-tokens = 古いトークン
newer-tokens = 新しいトークン
new-token = トークンを作成
new-token-title = 個人用アクセストークンを作成
token-name = トークンの用途
token-days = 有効日数（最大 { $count }）
create-token = このトークンを作成
token-created-title = 新しいトークン
token-shown-once = 今すぐトークンをコピーしてください。表示されるのは一度だけです。パスワードと同じ場所に保管してください。
token-header = 各リクエストにこのヘッダーを付けて送信します
token-try = 試すには、ターミナルに入力します
token-made-before = このフォームではすでにトークンを作成しました。トークンが表示されるのは一度だけです。コピーしていない場合は、終了して新しいトークンを作成してください。
tokens-too-many = トークンは { $count } 個あり、上限に達しています。不要なものを終了してください。
tokens-too-many-ended = 期限前に終了したトークンが多すぎます。その一部の期限が過ぎると、また作成できます。
token-name-missing = トークンの用途がわかる短い名前を入力してください。
token-days-wrong = トークンの有効日数は 1 から { $count } までです。
token-too-long = この権限ではトークンが長くなりすぎます。権限を減らしてください。
tokens-without-list = このサーバーではトークンを終了できない状態のため、現在は作成できません。原因は管理者が確認できます。
tokens-off = このサーバーは個人用アクセストークンを提供していません。
back-to-connections = 接続の一覧に戻る
## アカウント

sign-in-for-account = その後、サインインの方法を確認し、変更できます。
account-title = アカウント
account-open = パスワードとアカウント
present-password = 現在のパスワード
new-password = 新しいパスワード（{ $count } 文字以上）
repeat-password = 新しいパスワード（もう一度）
change-password = パスワードを変更
password-change-effect = ほかのすべてのブラウザーからサインアウトします。アプリケーションのアクセス権はそのまま残ります。
password-by-administrator = パスワードを変更できるのは管理者だけです。
password-changed = パスワードが変更され、ほかのすべてのブラウザーからサインアウトしました。アプリケーションのアクセス権はそのまま残ります。
present-password-wrong = 現在のパスワードが正しくありません。
passwords-differ = 2 つの新しいパスワードが一致しません。もう一度入力してください。
password-same = 新しいパスワードが現在のものと同じです。別のパスワードを選んでください。
password-short = 新しいパスワードが { $count } 文字未満です。もっと長いものを選んでください。
password-guessable = 新しいパスワードは推測されやすいものです。よくある単語、名前、繰り返し、連続した文字がほとんどを占めています。関連のない単語をいくつか並べるなど、別のパスワードを選んでください。
password-not-written = このサーバーがパスワードを保存できないため、変更されませんでした。理由は管理者が確認できます。

## 2 つ目の要素

second-factor-title = コードの入力
second-factor-prompt = 認証アプリに表示されている 6 桁の数字を入力してください。アプリが手元にない場合は、回復コードを 1 つ入力してください。
code = コード
code-wrong = コードが正しくないか、すでに使われています。アプリに次に表示されるコードを入力してください。
second-factor = アプリのコード
second-factor-off = パスワードでのサインインにコードは不要です。これを設定すると、スマートフォンのアプリのコードも必要になり、パスワードを知られただけではサインインされません。
second-factor-demanded = 管理者が必須にしているため、無効にできません。スマートフォンをなくした場合は、管理者がリセットできます。
second-factor-turned-off = 無効にしました。パスワードだけでサインインします。
turn-off = 無効にする
set-up = 設定する
set-up-title = アプリのコードの設定
set-up-required = このサーバーにサインインするには、パスワードのほかにスマートフォンのアプリのコードが必要です。今すぐ設定してください。
set-up-how = この画像をスマートフォンの認証アプリで読み取るか、キーをアプリに入力してください。その後、アプリに表示される 6 桁の数字を入力してください。
set-up-picture = 認証アプリ用の QR コード
set-up-key = キー
set-up-open = このデバイスのアプリで開く
set-up-code = アプリに表示されたコード
set-up-effect = ほかのすべてのブラウザーからサインアウトします。アプリケーションのアクセス権はそのまま残ります。
set-up-since = 設定日時
recovery-title = 回復コード
recovery-words = スマートフォンをなくしたときは、これらのコードのいずれかでサインインできます。各コードは 1 回だけ使えます。再び表示されることはないので、安全な場所に保管してください。
recovery-codes = 回復コード
recovery-codes-left = 残り { $count } 個
recovery-codes-new = 新しい回復コードを取得するには、一度無効にしてから設定し直してください。

## パスキー

passkey-sign-in = パスキーでサインイン
passkey-failed = パスキーでサインインできませんでした。もう一度試すか、パスワードでサインインしてください。
passkeys = パスキー
passkeys-what = パスキーがあれば、指紋、顔、または端末の PIN でサインインできます。パスワードもコードも要りません。
passkey-name = このパスキーの名前（端末の名前など）
passkey-called = 名前
passkey-host = 使用先
passkey-added-on = 追加日時
not-used = まだありません
passkey-remove = { $name } を削除
passkey-add = パスキーを追加
passkey-how = まずご本人であることを確認します。その後、ブラウザーが端末のロック解除を求め、パスキーを端末に保存します。
passkey-next = 次に、ブラウザーが端末のロック解除を求めます。
passkey-make = パスキーを作成
passkey-unsupported = このブラウザーでは、ここでパスキーを作成できません。別のブラウザーを使うか、このページで JavaScript を許可してください。
passkey-not-added = パスキーは追加されませんでした。もう一度試すか、別の端末を使ってください。
passkey-added = パスキーを追加しました。今後はこのパスキーでサインインできます。
passkey-removed = パスキーを削除しました。端末からも削除できます。
passkey-name-missing = パスキーを見分けられる短い名前を入力してください。
passkeys-too-many = ここではこれ以上パスキーを追加できません。追加できるのは { $count } 個までです。不要なものを削除してください。

## On the way

continue-hint = 何も起こらない場合は、こちらから進んでください。
continue = 続ける
allowed-title = アクセスを許可しました
denied-title = アクセスを拒否しました
login-over-title = このサインインは終了しています
login-over-words = このウィンドウは閉じてかまいません。以前にアクセスを許可していた場合は、接続の一覧で終了できます。
signed-in-title = サインインしました
back-on-the-way = アプリケーションに戻ります。
close-hint = アプリケーションが開いたら、このページは閉じてかまいません。
provider-title = サインインのページに移動中
provider-on-the-way = { $host } に移動します。そちらでサインインしてください。

## A login that ended without access

no-access-title = アクセスできません
not-now-title = 現在サインインできません
not-signed-in-title = サインインしていません
back-to-application = アプリケーションに戻る
reason-for-administrator = 管理者に伝える理由コード
you-signed-in-as = サインインしたユーザー
provider-not-set-up = このサーバーとお使いの ID プロバイダーが、連携するように設定されていません。管理者が設定を変更するまで、もう一度試しても解決しません。
provider-unverified = ID プロバイダーの応答を確認できなかったため、サインインできませんでした。管理者が原因を調べることができます。
provider-unavailable = お使いの ID プロバイダーが現在応答していません。戻って、数分後にもう一度お試しください。
provider-denied = サインインがキャンセルされたか、お使いの ID プロバイダーが許可しませんでした。戻って、もう一度試すことができます。
provider-incomplete = お使いの ID プロバイダーがサインインを完了しませんでした。時間がかかりすぎた可能性があります。戻って、もう一度お試しください。
rules-missing = このサーバーを誰が使用できるかが、まだ設定されていません。管理者が設定する必要があります。
not-in-directory = お使いのアカウントは、このサーバーを使用できる組織に属していません。
not-managed = お使いのアカウントは、アドレスからはそう見えますが、このサーバーを使用できる組織が管理するものではありません。
not-listed = お使いのアカウントは、このサーバーを使用できるユーザーの一覧にありません。
email-not-verified = このサーバーを使用できるのは、確認済みのメールアドレスを持つユーザーだけです。お使いの ID プロバイダーは、あなたのメールアドレスが確認済みであると示していません。
email-elsewhere = あなたのメールアドレスは、このサーバーを使用できる組織のものではありません。
not-in-group = このサーバーを使用できるグループのいずれにも属していません。

## How to connect

connect-title = 接続方法
connect-to = { $server } に接続する
connect-what = Claude、ChatGPT、VS Code などのアプリケーションからこのサーバーを利用できます。お使いのアプリケーションに次のアドレスを追加してください。
connect-address = アドレス
connect-next = その後、ブラウザーでこのサーバーのページが開きます。そこでサインインし、アクセスを許可するか拒否するかを選びます。
connect-in = { $client } の場合
connect-menu = { $menu } を選び、アドレスを貼り付けてください。
connect-command = ターミナルで次を入力してください
connect-file = ファイル { $file } に次を追加してください
connect-other = その他のアプリケーションの場合
connect-other-way = 種類が「Streamable HTTP」または「HTTP」の MCP サーバーを追加し、アドレスを貼り付けてください。キーは必要ありません。
connect-see = 接続中のものを見る

## Errors

failure-title = うまくいきませんでした
failure-general = サインインの要求を完了できませんでした。アプリケーションに戻って、もう一度接続してください。
failure-ours = このサーバーは現在応答できません。数分後にもう一度お試しください。
failure-too-many = 要求が多すぎます。{ $when }にもう一度お試しください。
reason-code = 理由コード
details = 詳細
requested = 要求されたもの
registered = 登録されているもの
client-missing = アプリケーションが自身を示しませんでした。
client-repeated = アプリケーションが、自身または戻り先のアドレスについて、異なる 2 つの値を示しました。
operator-must-set-rules = ここに誰がアクセスできるかが、まだ設定されていません。このサーバーの運営者は、allowedUsers、allowedEmailDomains、allowedGroups のいずれかを設定する必要があります。任意の Entra ID ディレクトリのユーザーがサインインできる場合は、allowedTenants も必要です。
client-unknown = このサーバーはこのアプリケーションを認識していません。アプリケーションで接続を削除して追加し直すと、もう一度登録されます。
client-unreachable = このサーバーは、アプリケーションの説明を公開している { $host } に接続できません。しばらくしてからもう一度お試しください。問題が続く場合は、このサーバーの運営者に知らせてください。
client-unreadable = このサーバーは、アプリケーションを説明する文書を読み取れなかったか、受け付けません。
login-unknown = このサインインは終了しています。別のブラウザーで開始されたか、お使いのブラウザーが Cookie を受け付けていない可能性があります。アプリケーションに戻って、もう一度接続してください。
redirect-missing = アプリケーションが戻り先のアドレスを示さず、登録済みのアドレスもちょうど 1 つではありません。
redirect-private-use = アプリケーションが求めている戻り先は、このサーバーが受け付けない種類のアドレスです。このサーバーの運営者は許可することができます。ドキュメントの BOUNCER_REDIRECT_SCHEMES を参照してください。
redirect-host = アプリケーションが求めている戻り先は、このサーバーが許可していないアドレスです。このサーバーの運営者は許可することができます。ドキュメントの allowedRedirectHosts を参照してください。
redirect-unregistered = アプリケーションが求めている戻り先は、登録されていないアドレスです。何も共有されていません。このページは閉じてかまいません。
clock-skew = プロキシと認可サーバーの時計が 1 分以上ずれています。このサーバーの運営者が修正する必要があります。
foreign-form = このフォームは、このサーバーのページから送信されたものではありません。アプリケーションに戻って、もう一度接続してください。
origin-hidden = このフォームがどのページから送信されたかを、ブラウザーが示しませんでした。別のブラウザーか、新しいブラウザーでお試しください。それでも解決しない場合は、プロキシがページに Referrer-Policy: no-referrer ヘッダーを追加していることを、このサーバーの管理者に伝えてください。

## Links to the operator’s own pages

support = ヘルプ
imprint = 運営者情報
privacy = プライバシー

## Dates and times

moment = { $year }年{ $month }月{ $day }日 { $hour }:{ $minute } UTC
in-seconds = { $count } 秒後
in-minutes = { $count } 分後
in-hours = { $count } 時間後
in-days = { $count } 日後
