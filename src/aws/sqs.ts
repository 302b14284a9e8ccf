/** The SQS client, wanted only with MTLS_NOTICES, so it is loaded on demand. */
export { DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
