"""Starts the pinned ministack with what AWS does and it does not: deliveries that fail are repeated, and end in a queue.

Stock ministack tries once to deliver from EventBridge to a function, and from SNS to a function or a web address, and forgets
what failed. Here failed deliveries follow the retry and dead-letter settings of the rule target, function or subscription, and
functions refuse callers that their resource policy does not name. With AUTH=true, what a service does in the name of a role
(take messages for a function, keep what failed, start what is scheduled) is held to that role too. With TRAILHOUND_EMULATOR_EVENTS=1, PutEvents takes sources that
begin with `aws.`, which stands in for CloudTrail: no emulator sends its events. With TRAILHOUND_EMULATOR_HASTE=1, what a function
took from a queue and did not finish is handed over again at once, not when the queue's visibility timeout has passed.

It replaces private functions of one exact version of ministack; the tests of `tests/pipeline` fail where another one differs.
The process ends with all its functions when its standard input closes.
"""

import contextvars
import functools
import hashlib
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from urllib.parse import urlencode

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult, evaluate, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, eventbridge, lambda_svc, scheduler, sns, sqs
from ministack.services.cloudformation import provisioners

PAUSE = float(os.environ.get("TRAILHOUND_EMULATOR_PAUSE", "0.2"))
"""Seconds before the first repetition of a delivery over HTTP; each further one waits that much longer."""


def bury(queue_arn, body, **attributes):
    """Puts what could not be delivered into a dead-letter queue, if there is one."""
    queue = sqs._queue_by_arn(queue_arn) if queue_arn else None
    if queue is None:
        return
    now = time.time()
    queue["messages"].append(
        {
            "id": str(uuid.uuid4()),
            "body": body,
            "md5_body": hashlib.md5(body.encode()).hexdigest(),
            "md5_attrs": "",
            "receipt_handle": None,
            "sent_at": now,
            "visible_at": now,
            "receive_count": 0,
            "first_receive_at": None,
            "sys": {"SenderId": get_account_id(), "SentTimestamp": str(int(now * 1000))},
            "message_attributes": {
                name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
            },
            "group_id": None,
            "dedup_id": None,
            "dedup_cache_key": None,
            "seq": None,
        }
    )
    lambda_svc.esm_wake.set()


def may_invoke(function_arn, service, source_arn):
    """Whether the function's resource policy lets a service invoke it for a source."""
    stored = lambda_svc.function_policy_for_arn(function_arn)
    if not stored or not stored[0]:
        return False
    policy = stored[0] if isinstance(stored[0], str) else json.dumps(stored[0])
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    return evaluate_resource_policy(policy, context, service=service).decision == "Allow"


def invoke(function_arn, event, service, source_arn):
    """Invokes a function as AWS does for events: asynchronously, with its retries and destination. Gives why not, if it may not."""
    function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
    if not function or not config:
        return "RESOURCE_NOT_FOUND"
    if not may_invoke(function_arn, service, source_arn):
        return "NO_PERMISSIONS"
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), event)
    return None


def events_to_functions():
    """EventBridge targets: what cannot be handed over goes to the target's dead-letter queue."""
    current = contextvars.ContextVar("the target and rule being served", default=({}, {}))
    invoke_target = eventbridge._invoke_target

    def remember(target, event, rule, view=None):
        token = current.set((target or {}, rule or {}))
        try:
            return invoke_target(target, event, rule, view)
        finally:
            current.reset(token)

    def deliver(function_arn, payload):
        target, rule = current.get()
        rule_arn = rule.get("Arn", "")
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        # A schedule acts by its own role, and keeps by that role too what it could not hand over; a rule has none.
        role = target.get("RoleArn")
        if role:
            lacking = lack(role, "lambda:InvokeFunction", function_arn)
            if lacking:
                told(f"schedule {rule_arn} may not {lacking}")
                unable = queue and lack(role, "sqs:SendMessage", queue)
                if unable:
                    told(f"AWS/Scheduler InvocationsFailedToBeSentToDeadLetterCount of {rule_arn}: no {unable}")
                else:
                    why = f"not authorized to perform: {lacking} on resource: {function_arn}"
                    bury(queue, payload, ERROR_CODE="AccessDeniedException", ERROR_MESSAGE=why, SCHEDULE_ARN=rule_arn)
                return
            function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
            if function and config:
                record = lambda_svc._execution_record_for_config(function, config)
                lambda_svc.invoke_async_with_retry(record, json.loads(payload))
            return
        refused = invoke(function_arn, json.loads(payload), "events.amazonaws.com", rule_arn)
        if refused:
            bury(queue, payload, ERROR_CODE=refused, RULE_ARN=rule_arn, TARGET_ARN=function_arn)

    # An order that is due is given within a second, not within ten.
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._invoke_target = remember
    eventbridge._dispatch_to_lambda = deliver


def events_of_aws():
    """PutEvents with the sources that only AWS itself may use."""
    put_events = eventbridge._put_events
    eventbridge._put_events = lambda data, allow_aws_source=False: put_events(data, allow_aws_source=True)


def subscription(topic_arn, endpoint):
    """A topic's subscription of an endpoint."""
    topic = sns._topic_by_arn_any_scope(topic_arn) or {}
    return next((found for found in topic.get("subscriptions", []) if found["endpoint"] == endpoint), {})


def attribute(subscribed, name):
    """A subscription's attribute that is itself JSON."""
    return json.loads(subscribed.get("attributes", {}).get(name) or "{}")


def notifications():
    """SNS: deliveries to functions and web addresses are repeated, then go to the subscription's dead-letter queue."""

    def to_function(endpoint, envelope, topic_arn, subscription_arn, *_):
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        if invoke(endpoint, {"Records": [record]}, "sns.amazonaws.com", topic_arn):
            bury(attribute(subscription(topic_arn, endpoint), "RedrivePolicy").get("deadLetterTargetArn"), envelope)

    async def to_address(endpoint, payload):
        message = json.loads(payload)
        subscribed = subscription(message.get("TopicArn", ""), endpoint)
        healthy = attribute(subscribed, "DeliveryPolicy").get("healthyRetryPolicy") or {}
        request = urllib.request.Request(
            endpoint,
            data=payload.encode(),
            headers={
                "Content-Type": "text/plain; charset=UTF-8",
                "x-amz-sns-message-type": "Notification",
                "x-amz-sns-message-id": message.get("MessageId", ""),
                "x-amz-sns-topic-arn": message.get("TopicArn", ""),
                "x-amz-sns-subscription-arn": subscribed.get("arn", ""),
            },
        )
        for attempt in range(1 + healthy.get("numRetries", 3)):
            try:
                urllib.request.urlopen(request, timeout=15).read()
                return
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    break
            except OSError:
                pass
            time.sleep(PAUSE * (attempt + 1))
        bury(attribute(subscribed, "RedrivePolicy").get("deadLetterTargetArn"), payload)

    sns._deliver_to_lambda = to_function
    sns._deliver_to_http = to_address


def templates():
    """CloudFormation: what ministack reads in a template and does not apply."""

    def after(kind, apply):
        handler = provisioners._RESOURCE_HANDLERS[kind]
        create = handler["create"]

        def create_and_apply(logical_id, properties, stack):
            created = create(logical_id, properties, stack)
            apply(created[0], properties)
            return created

        handler["create"] = create_and_apply

    def expiry(name, properties):
        wanted = properties.get("TimeToLiveSpecification")
        if wanted:
            enabled = str(wanted.get("Enabled")).lower() == "true"
            dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": {**wanted, "Enabled": enabled}})

    def concurrency(name, properties):
        wanted = properties.get("ReservedConcurrentExecutions")
        if wanted is not None:
            lambda_svc._put_function_concurrency(name, {"ReservedConcurrentExecutions": int(wanted)})

    # Kinds that it does not know: they are taken and do nothing.
    for kind in ("AWS::Chatbot::SlackChannelConfiguration", "AWS::Events::EventBusPolicy"):
        nothing = {
            "create": lambda logical_id, properties, stack: (logical_id, {}),
            "delete": lambda physical_id, properties: None,
        }
        provisioners._RESOURCE_HANDLERS.setdefault(kind, nothing)

    # Alarms over expressions are taken, and never go off.
    alarm = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    create_alarm = alarm["create"]
    alarm["create"] = lambda logical_id, properties, stack: (
        (logical_id, {}) if properties.get("Metrics") else create_alarm(logical_id, properties, stack)
    )

    def encryption(arn, properties):
        key = properties.get("KmsMasterKeyId")
        if key:
            sns._topics[arn]["attributes"]["KmsMasterKeyId"] = key

    after("AWS::DynamoDB::Table", expiry)
    after("AWS::Lambda::Function", concurrency)
    after("AWS::SNS::Topic", encryption)


def services():
    """What ministack lacks altogether and moto has: calls are handed over as they came, within this process."""

    @functools.cache
    def moto():
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.test import Client

        return Client(DomainDispatcherApplication(create_backend_app))

    async def hand_over(method, path, headers, body, query):
        # The length and the host are the copy's own.
        kept = {name: value for name, value in headers.items() if name not in ("content-length", "host")}
        with_query = urlencode(query, doseq=True)
        try:
            with handing_over:
                answer = moto().open(path, method=method, headers=kept, data=body, query_string=with_query)
        except NotImplementedError as error:
            refusal = {"__type": "UnknownOperationException", "message": str(error)}
            return 400, {"Content-Type": "application/json"}, json.dumps(refusal).encode()
        return answer.status_code, dict(answer.headers), answer.get_data()

    handing_over = threading.Lock()
    for service in ("guardduty",):
        app.SERVICE_HANDLERS.setdefault(service, hand_over)


def policies():
    """IAM, as far as it differs: calls count as made over TLS, and a batch asks for the action of its entries."""
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, secure_transport: pin(source_ip, True)

    batches = ("sqs:SendMessageBatch", "sqs:DeleteMessageBatch", "sqs:ChangeMessageVisibilityBatch")
    extract = iam_actions.extract_iam_action

    def action(*request):
        found = extract(*request)
        return found.removesuffix("Batch") if found in batches else found

    iam_actions.extract_iam_action = action


KEY_ACTIONS = {
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
}
"""What a caller needs on the key of an encrypted queue or topic, besides the action itself."""


def told(text):
    """Says in the log what AWS says in a metric or in a state that the emulator has not."""
    print(text, flush=True)


def needs(action, resource_arn):
    """An action, and what it needs on the key that the resource is encrypted with."""
    found = sqs._queue_by_arn(resource_arn) if action.startswith("sqs:") else None
    found = sns._topic_by_arn_any_scope(resource_arn) if action.startswith("sns:") else found
    key = ((found or {}).get("attributes") or {}).get("KmsMasterKeyId")
    return [(action, resource_arn)] + [(needed, key) for needed in KEY_ACTIONS.get(action, ()) if key]


def lack(role_arn, action, resource_arn):
    """The first of an action and what it needs that a role may not do; nothing where calls are held to no policy."""
    if not app.AUTH:
        return None
    policies = iam_evaluator._gather_role_policies(role_arn.rsplit("/", 1)[-1], get_account_id())
    for needed, on in needs(action, resource_arn):
        context = EvalContext(
            principal_arn=role_arn,
            principal_type="AssumedRole",
            principal_account=get_account_id(),
            action=needed,
            resource_arn=on,
            region=get_region(),
        )
        if evaluate(context, policies).decision != "Allow":
            return needed
    return None


def roles():
    """What Lambda does for a function by the function's own role, and what encryption asks of callers."""

    def role_of(function):
        return ((function or {}).get("config") or function or {}).get("Role", "")

    concurrency = lambda_svc._sqs_esm_concurrency

    def may_poll(mapping, function, config, queue=None):
        source = mapping["EventSourceArn"]
        for action in ("sqs:ReceiveMessage", "sqs:GetQueueAttributes"):
            lacking = lack(role_of(function), action, source)
            if lacking:
                mapping["LastProcessingResult"] = f"PROBLEM: the execution role may not call {lacking} on {source}"
                return 0
        return concurrency(mapping, function, config, queue)

    lambda_svc._sqs_esm_concurrency = may_poll

    served = contextvars.ContextVar("the function and mapping of the batch being handled", default=None)
    run_batch, delete = lambda_svc._run_sqs_batch, sqs._delete_messages_for_esm

    def run(mapping, function, *rest):
        token = served.set((mapping, function))
        try:
            return run_batch(mapping, function, *rest)
        finally:
            served.reset(token)

    def may_delete(queue_url, handles):
        mapping, function = served.get() or ({}, None)
        lacking = function and lack(role_of(function), "sqs:DeleteMessage", mapping["EventSourceArn"])
        if lacking:
            told(f"{mapping['EventSourceArn']}: handled and not deleted: the execution role may not call {lacking}")
            return
        delete(queue_url, handles)

    lambda_svc._run_sqs_batch = run
    sqs._delete_messages_for_esm = may_delete

    route = lambda_svc._route_async_failure

    def may_route(target_arn, name, event, result):
        function = lambda_svc._functions.get(name)
        lacking = lack(role_of(function), "sqs:SendMessage", target_arn) if ":sqs:" in target_arn else None
        if lacking:
            told(f"AWS/Lambda DestinationDeliveryFailures of {name}: no {lacking} on {target_arn}")
            return
        route(target_arn, name, event, result)

    lambda_svc._route_async_failure = may_route

    enforce = iam_evaluator.enforce

    def enforce_with_key(access_key, action, service, region, resource_arn="*", service_context=None):
        refused = enforce(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        if refused or action not in KEY_ACTIONS:
            return refused
        principal = iam_evaluator.resolve_principal(access_key or "", get_account_id())
        policies = getattr(principal, "policies", None)
        for needed, key in needs(action, resource_arn)[1:] if policies is not None else ():
            context = EvalContext(principal.arn, principal.type, principal.account, needed, key, region)
            if evaluate(context, policies, *principal.limits).decision != "Allow":
                return EvalResult("ImplicitDeny", principal.arn, "", f"no {needed} on the key")
        return None

    iam_evaluator.enforce = enforce_with_key


def redrive():
    """SQS: what lies in a dead-letter queue goes back, as if it had never been received."""

    def move(data, _):
        source, destination = data.get("SourceArn", ""), data.get("DestinationArn", "")
        queues = [sqs._queue_by_arn(source), sqs._queue_by_arn(destination)]
        if None in queues:
            raise sqs._Err("ResourceNotFoundException", f"no queue {source} or {destination}", 404)
        policies = [queue["attributes"].get("RedrivePolicy") or "{}" for queue in sqs._queues._data.values()]
        if source not in [json.loads(policy).get("deadLetterTargetArn") for policy in policies]:
            raise sqs._Err("InvalidParameterValue", f"{source} is no queue's dead-letter queue", 400)
        anew = {"receive_count": 0, "first_receive_at": None, "receipt_handle": None, "visible_at": time.time()}
        with sqs._queues_lock:
            queues[1]["messages"] += [{**message, **anew} for message in queues[0]["messages"]]
            queues[0]["messages"] = []
        lambda_svc.esm_wake.set()
        return {"TaskHandle": str(uuid.uuid4())}

    sqs._HANDLERS["StartMessageMoveTask"] = move


def haste():
    """Messages that a function failed on are there again as soon as it has failed, however short or long it takes."""
    run_batch = lambda_svc._run_sqs_batch

    def run(mapping, function, event, batch, queue_url, queue_name):
        try:
            run_batch(mapping, function, event, batch, queue_url, queue_name)
        finally:
            handles = {message["receipt_handle"] for message in batch}
            with sqs._queues_lock:
                for message in sqs._get_q(queue_url)["messages"]:
                    if message.get("receipt_handle") in handles:
                        message["visible_at"] = time.time()

    lambda_svc._run_sqs_batch = run


def end_with_parent():
    """Ends this process and every function it started when nobody holds its standard input any more."""

    def wait():
        sys.stdin.buffer.read()
        os.killpg(os.getpgrp(), signal.SIGTERM)
        time.sleep(0.5)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    os.setpgid(0, 0)
    end_with_parent()
    events_to_functions()
    notifications()
    templates()
    services()
    policies()
    roles()
    redrive()
    if os.environ.get("TRAILHOUND_EMULATOR_HASTE") == "1":
        haste()
    if os.environ.get("TRAILHOUND_EMULATOR_EVENTS") == "1":
        events_of_aws()
    sys.argv = sys.argv[:1]
    app.main()
