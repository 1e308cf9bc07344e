//! `sagemaker.amazonaws.com`: notebook instances. Shapes derived from the API model.

use trailhound_model::kinds::sagemaker::{self, NOTEBOOK};
use trailhound_model::{Birth, ResourceId};

use super::Event;
use super::draft::{Does, EventSpec, Stated, Unplaced, Verb};

pub(super) static EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "CreateNotebookInstance",
        does: &[Does { verb: Verb::Creates, kind: &NOTEBOOK, facets: &[] }],
        interpret: |event, draft| {
            let access = event.request.text("directInternetAccess");
            let stated = Stated::new().value_if(&sagemaker::DIRECT_INTERNET_ACCESS, access);
            draft.on(notebook(event)?).create(Birth::Certain, stated);
            Ok(())
        },
    },
    EventSpec {
        name: "DeleteNotebookInstance",
        does: &[Does { verb: Verb::Deletes, kind: &NOTEBOOK, facets: &[] }],
        interpret: |event, draft| {
            draft.on(notebook(event)?).delete();
            Ok(())
        },
    },
];

fn notebook(event: &Event<'_>) -> Result<ResourceId, Unplaced> {
    let name = event.request.text("notebookInstanceName").ok_or(Unplaced { missing: "notebookInstanceName" })?;
    Ok(event.resource(&NOTEBOOK, name))
}

#[cfg(test)]
mod tests {
    use crate::interpret::testing;

    fn told(name: &str, request: &str) -> Vec<String> {
        testing::told(&format!(
            r#"{{"eventSource":"sagemaker.amazonaws.com","eventName":"{name}","requestParameters":{request}}}"#
        ))
    }

    #[test]
    fn a_notebook_has_the_access_that_was_asked_for() {
        assert_eq!(
            told("CreateNotebookInstance", r#"{"notebookInstanceName":"lab","directInternetAccess":"Disabled"}"#),
            ["NotebookInstance lab create Certain", r#"NotebookInstance lab   DirectInternetAccess "Disabled""#]
        );
        assert_eq!(
            told("CreateNotebookInstance", r#"{"notebookInstanceName":"lab"}"#),
            ["NotebookInstance lab create Certain"]
        );
        assert_eq!(
            told("DeleteNotebookInstance", r#"{"notebookInstanceName":"lab"}"#),
            ["NotebookInstance lab delete"]
        );
    }
}
